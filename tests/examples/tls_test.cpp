// SPDX-License-Identifier: BSL-1.0
// The TLS of the examples, two ends of it without a network between them.
#include "tls.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "certificates.hpp"

namespace {

using tls::channel, tls::context, tls::progress, tls::trust;

class tls_channel : public testing::Test {
 protected:
  /// What one end has to send goes to the other, in pieces of this size; false when there was nothing.
  static bool carry(channel& from, channel& to, std::size_t piece = 100'000) {
    bool moved = false;
    while (!from.output().empty()) {
      std::string const octets{from.output().substr(0, piece)};
      from.sent(octets.size());
      to.feed(octets);
      moved = true;
      if (octets.size() == piece) break;
    }
    return moved;
  }
  /// Both handshakes, as far as they go.
  static void shake_hands(channel& client, channel& server, std::size_t piece = 100'000) {
    for (bool moved = true; moved;) {
      (void)client.handshake();
      (void)server.handshake();
      moved = carry(client, server, piece);
      moved = carry(server, client, piece) || moved;
    }
  }
  static std::string read_all(channel& from) {
    std::array<char, 1000> buffer;
    std::string all;
    for (std::string_view text = from.read(buffer); !text.empty(); text = from.read(buffer)) all += text;
    return all;
  }

  static test::certificates& files() {
    static test::certificates made;
    return made;
  }
  context server_side = context::for_server(files().host_certificate(), files().host_key_file());
  context client_side = context::for_client(files().ca());
};

TEST_F(tls_channel, carries_text_both_ways) {
  ASSERT_EQ(server_side.error(), "");
  ASSERT_EQ(client_side.error(), "");
  for (std::size_t const piece : {1U, 7U, 100'000U}) {
    channel client = channel::to(client_side, "localhost", trust::verified);
    channel server = channel::from(server_side);
    shake_hands(client, server, piece);
    ASSERT_EQ(client.handshake(), progress::done) << client.error();
    ASSERT_EQ(server.handshake(), progress::done) << server.error();
    EXPECT_TRUE(client.verified());
    EXPECT_TRUE(client.facts().verified);
    EXPECT_TRUE(client.facts().sufficient);
    EXPECT_FALSE(server.facts().verified);  // the client has shown no certificate
    EXPECT_TRUE(client.description().starts_with("TLSv1.")) << client.description();
    EXPECT_EQ(client.description(), server.description());

    std::string const large(100'000, 'x');
    for (std::string const& text : {std::string{"EHLO c\r\n"}, large, std::string{}}) {
      std::string came;
      EXPECT_TRUE(client.write(text));
      while (carry(client, server, piece)) came += read_all(server);
      EXPECT_EQ(came, text);
      came.clear();
      EXPECT_TRUE(server.write(text));
      while (carry(server, client, piece)) came += read_all(client);
      EXPECT_EQ(came, text);
    }
  }
}

TEST_F(tls_channel, closes_one_side_at_a_time) {
  channel client = channel::to(client_side, "localhost", trust::verified);
  channel server = channel::from(server_side);
  shake_hands(client, server);
  EXPECT_TRUE(client.write("QUIT\r\n"));
  client.close();
  client.close();
  carry(client, server);
  EXPECT_EQ(read_all(server), "QUIT\r\n");
  EXPECT_TRUE(server.peer_closed());
  EXPECT_FALSE(server.failed()) << server.error();
  EXPECT_FALSE(client.peer_closed());
  EXPECT_TRUE(server.write("221\r\n"));
  server.close();
  carry(server, client);
  EXPECT_EQ(read_all(client), "221\r\n");
  EXPECT_TRUE(client.peer_closed());
  EXPECT_FALSE(client.failed()) << client.error();
  EXPECT_TRUE(client.output().empty());
}

TEST_F(tls_channel, knows_the_name_of_the_server) {
  for (char const* const name : {"localhost", "LOCALHOST", "localhost.", "127.0.0.1", "a.wild.test"}) {
    channel client = channel::to(client_side, name, trust::verified);
    channel server = channel::from(server_side);
    shake_hands(client, server);
    EXPECT_EQ(client.handshake(), progress::done) << name << client.error();
    EXPECT_TRUE(client.verified()) << name;
  }
}

TEST_F(tls_channel, refuses_another_server) {
  for (char const* const name : {"other.test", "localhost.other.test", "127.0.0.2", "::1", "b.a.wild.test"}) {
    channel client = channel::to(client_side, name, trust::verified);
    channel server = channel::from(server_side);
    shake_hands(client, server);
    EXPECT_EQ(client.handshake(), progress::failed) << name;
    EXPECT_NE(client.error().find("mismatch"), std::string::npos) << client.error();
    EXPECT_EQ(client.failure(), ehlo::trace::transport_failure::certificate_wrong_name);
    EXPECT_FALSE(client.verified());
    EXPECT_FALSE(client.write("secret"));
    EXPECT_EQ(server.handshake(), progress::failed) << name;  // it was told by an alert
    EXPECT_NE(server.error(), "");
  }
  channel nameless = channel::to(client_side, "", trust::verified);
  EXPECT_EQ(nameless.handshake(), progress::failed);
  EXPECT_TRUE(nameless.output().empty());
  EXPECT_NE(nameless.error(), "");
  EXPECT_EQ(nameless.failure(), ehlo::trace::transport_failure::certificate_wrong_name);
}

TEST_F(tls_channel, refuses_an_authority_that_it_does_not_know) {
  context const machine = context::for_client();
  EXPECT_EQ(machine.error(), "");
  channel client = channel::to(machine, "localhost", trust::verified);
  channel server = channel::from(server_side);
  shake_hands(client, server);
  EXPECT_EQ(client.handshake(), progress::failed);
  EXPECT_NE(client.error().find("certificate verify failed: "), std::string::npos) << client.error();
  EXPECT_EQ(client.failure(), ehlo::trace::transport_failure::certificate_untrusted);
}

TEST_F(tls_channel, tells_what_a_certificate_lacks) {
  using enum ehlo::trace::transport_failure;
  struct row {
    long verdict;
    ehlo::trace::transport_failure failure;
  };
  for (row const& one :
       {row{X509_V_OK, none}, row{X509_V_ERR_CERT_HAS_EXPIRED, certificate_expired},
        row{X509_V_ERR_CERT_NOT_YET_VALID, certificate_not_yet_valid},
        row{X509_V_ERR_IP_ADDRESS_MISMATCH, certificate_wrong_name},
        row{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, certificate_self_signed},
        row{X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, certificate_untrusted},
        row{X509_V_ERR_CERT_REVOKED, certificate_revoked}, row{X509_V_ERR_EE_KEY_TOO_SMALL, certificate_unsuitable},
        row{X509_V_ERR_INVALID_PURPOSE, certificate_unsuitable}})
    EXPECT_EQ(tls::failure_of_certificate(one.verdict), one.failure) << one.verdict;
}

TEST_F(tls_channel, goes_on_with_any_server_and_says_so) {
  context const machine = context::for_client();
  auto const verified = [&](context const& c, char const* name) {
    channel client = channel::to(c, name, trust::any);
    channel server = channel::from(server_side);
    shake_hands(client, server);
    EXPECT_EQ(client.handshake(), progress::done) << client.error();
    EXPECT_TRUE(client.write("x"));
    return client.facts().verified;
  };
  EXPECT_TRUE(verified(client_side, "localhost"));
  EXPECT_FALSE(verified(client_side, "other.test"));
  EXPECT_FALSE(verified(client_side, ""));
  EXPECT_FALSE(verified(machine, "localhost"));
}

TEST_F(tls_channel, does_not_take_what_is_not_tls) {
  for (std::string const& octets : {std::string{"EHLO c\r\nMAIL FROM:<a@b>\r\n"}, std::string(100'000, '\0')}) {
    channel server = channel::from(server_side);
    server.feed(octets);
    EXPECT_EQ(server.handshake(), progress::failed);
    EXPECT_EQ(server.handshake(), progress::failed);
    EXPECT_NE(server.error(), "");
    EXPECT_EQ(read_all(server), "");
    server.close();
  }
  for (std::string const& octets : {std::string{"220 mx.example.org ESMTP\r\n"}, std::string{"HTTP/1.1 400 no\r\n"}}) {
    channel client = channel::to(client_side, "localhost", trust::verified);
    EXPECT_EQ(client.handshake(), progress::more);
    client.feed(octets);
    EXPECT_EQ(client.handshake(), progress::failed);
    EXPECT_EQ(client.failure(), ehlo::trace::transport_failure::tls_not_spoken) << client.error();
  }
}

TEST_F(tls_channel, does_not_take_what_was_changed_on_the_way) {
  channel client = channel::to(client_side, "localhost", trust::verified);
  channel server = channel::from(server_side);
  shake_hands(client, server);
  EXPECT_TRUE(client.write("good"));
  carry(client, server);
  EXPECT_TRUE(client.write("bad"));
  std::string octets{client.output()};
  octets.back() = static_cast<char>(octets.back() ^ 1);
  server.feed(octets);
  EXPECT_EQ(read_all(server), "good");
  EXPECT_TRUE(server.failed());
  EXPECT_FALSE(server.peer_closed());
  EXPECT_FALSE(server.output().empty());  // the alert
}

TEST_F(tls_channel, says_which_file_is_wrong) {
  auto const starts = [](std::string const& error, std::string const& file) {
    EXPECT_TRUE(error.starts_with(file + ": ")) << error;
    EXPECT_GT(error.size(), file.size() + 5) << error;
  };
  auto const& f = files();
  starts(context::for_server(f.missing_file(), f.host_key_file()).error(), f.missing_file());
  starts(context::for_server(f.host_certificate(), f.missing_file()).error(), f.missing_file());
  starts(context::for_server(f.host_key_file(), f.host_key_file()).error(), f.host_key_file());
  starts(context::for_server(f.host_certificate(), f.other_key_file()).error(), f.other_key_file());
  starts(context::for_server(f.host_certificate(), f.locked_key_file()).error(), f.locked_key_file());
  starts(context::for_client(f.missing_file()).error(), f.missing_file());
  starts(context::for_client(f.host_key_file()).error(), f.host_key_file());
  EXPECT_NE(context::for_client(f.missing_file()).error().find("No such file"), std::string::npos);

  channel never = channel::from(context::for_server(f.missing_file(), f.missing_file()));
  EXPECT_EQ(never.handshake(), progress::failed);
  EXPECT_TRUE(never.output().empty());
}

}  // namespace
