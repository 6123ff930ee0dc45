// SPDX-License-Identifier: BSL-1.0
// HAProxy's proxy-protocol.txt: a header of either version in any pieces, and not one octet behind it.
#include "ehlo/wire/proxy_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "proxy_captures.hpp"
#include "reference_proxy.hpp"

namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using ehlo::errc;
using ehlo::proxy_header;
using ehlo::proxy_reader;
using reference::capture;
using reference::captures;
using reference::octets;
using status = proxy_reader::status;

static_assert(sizeof(proxy_reader) <= 96 && sizeof(proxy_header) <= 160);

constexpr bool reads_at_compile_time() {
  std::array<char, 64> storage{};
  proxy_reader reader;
  std::string_view in = "PROXY TCP4 192.0.2.1 198.51.100.2 40001 25\r\nEHLO";
  auto const text = reader.read(in, storage);
  std::string_view head = "\r\n\r\n\0\r\nQU"sv;
  std::string_view rest = "IT\n\x21\x11\0\x0C\xC0\0\x02\x01\xC6\x33\x64\x02\x9C\x41\0\x19"sv;
  bool const waits = reader.read(head, storage).what == status::need_input && reader.partial();
  auto const binary = reader.read(rest, storage);
  return text.what == status::done && in == "EHLO" && waits && binary.what == status::done && rest.empty() &&
         text.header.source.port == 40001 && binary.header.destination.port == 25 &&
         text.header.source.address == binary.header.source.address;
}
static_assert(reads_at_compile_time());

/// Feeds pieces, each at an address of its own that is gone when the call has returned and what it said is written
/// down.
class run {
 public:
  explicit run(std::size_t limit = 4096, std::size_t storage = 4096) : limit_(limit), storage_(storage, '#') {}

  run& operator<<(std::string_view piece) {
    std::vector<char> const copy(piece.begin(), piece.end());
    std::string_view in{copy.data(), copy.size()};
    if (said_.empty()) {
      std::size_t const before = in.size();
      bool const stored = reader_.partial();
      proxy_reader::result const now = reader_.read(in, storage_, limit_);
      EXPECT_EQ(in.data() + in.size(), copy.data() + copy.size());
      used_ += before - in.size();
      switch (now.what) {
        case status::need_input:
          EXPECT_TRUE(in.empty());
          EXPECT_EQ(now.error, errc::ok);
          EXPECT_EQ(reader_.partial(), used_ != 0);
          return *this;
        case status::done: {
          said_ = reference::say(now.header);
          std::string_view const tlvs = now.header.tlvs.octets();
          bool const viewed = tlvs.data() >= copy.data() && tlvs.data() <= copy.data() + copy.size();
          EXPECT_TRUE(tlvs.empty() || viewed == !stored) << "copied only if a part of it was stored";
          EXPECT_EQ(now.error, errc::ok);
          break;
        }
        case status::error:
          said_ = now.error == errc::peer_proxy_header     ? "no header"
                  : now.error == errc::peer_proxy_too_long ? "too long"
                                                           : "?";
          EXPECT_EQ(reference::say(now.header), reference::say(proxy_header{}));
          std::string_view more = "PROXY UNKNOWN\r\n";
          EXPECT_EQ(reader_.read(more, storage_, limit_).error, now.error) << "for good";
          EXPECT_EQ(more.size(), 15U);
      }
      EXPECT_FALSE(reader_.partial());
    }
    return *this;
  }

  /// What was said, and behind how many octets.
  [[nodiscard]] std::string said() const { return (said_.empty() ? "+" : said_) + " @" + std::to_string(used_); }

 private:
  proxy_reader reader_;
  std::size_t limit_;
  std::vector<char> storage_;
  std::string said_;
  std::size_t used_ = 0;
};

/// The same in every two and some three pieces, octet by octet, with other octets behind; returns what was said.
std::string cut_everywhere(std::string_view in, std::size_t limit = 4096, std::size_t storage = 4096) {
  std::string const whole = (run(limit, storage) << in).said();
  run single(limit, storage);
  for (std::size_t i = 0; i != in.size(); ++i) single << in.substr(i, 1);
  EXPECT_EQ(single.said(), whole);
  for (std::size_t i = 0; i <= in.size(); ++i) {
    std::size_t const j = i + (in.size() - i) / 2;
    EXPECT_EQ((run(limit, storage) << in.substr(0, i) << in.substr(i)).said(), whole) << "cut at " << i;
    EXPECT_EQ((run(limit, storage) << in.substr(0, i) << ""sv << in.substr(i, j - i) << in.substr(j)).said(), whole);
  }
  if (whole[0] == '+') return whole;
  for (std::string_view const more : {"\r\n"sv, "EHLO client.example\r\n"sv, "\0"sv, "PROXY UNKNOWN\r\n"sv}) {
    std::string const longer = std::string(in) + std::string(more);
    EXPECT_EQ((run(limit, storage) << longer).said(), whole);
    std::size_t const first = std::min<std::size_t>(in.size(), 5);
    EXPECT_EQ((run(limit, storage) << in.substr(0, first) << std::string_view(longer).substr(first)).said(), whole);
  }
  return whole;
}

/// A version 2 header with its length.
std::string binary(std::string_view command_and_family, std::string_view rest) {
  std::string all = octets("0D0A0D0A000D0A515549540A") + octets(command_and_family);
  all += static_cast<char>(rest.size() >> 8U);
  all += static_cast<char>(rest.size() & 0xFFU);
  return all.append(rest);
}

std::string tlv(unsigned type, std::string_view value) {
  std::string all{static_cast<char>(type), static_cast<char>(value.size() >> 8U),
                  static_cast<char>(value.size() & 0xFFU)};
  return all.append(value);
}

std::string const v4 = octets("C0000201 C6336402 9C41 0019");
std::string const v6 = octets("20010DB8000000000000000000000001 20010DB8000000000000000000000002 9C42 0019");
std::string const over_v4 = " inet stream 192.0.2.1 40001 > 198.51.100.2 25";

std::string tcp4(std::string_view tlvs) { return binary("21 11", v4 + std::string(tlvs)); }

/// With the right checksum in the first four octets of zeros behind `03 00 04`.
std::string summed(std::string header) {
  std::uint32_t const sum = ehlo::crc32c{}.put(header).value();
  std::size_t const at = header.find("\x03\0\x04\0\0\0\0"sv);
  for (unsigned i = 0; i != 4; ++i) header[at + 3 + i] = static_cast<char>(sum >> (24 - 8 * i) & 0xFFU);
  return header;
}

TEST(ProxyReader, WhatHaproxySends) {
  for (capture const& one : captures) {
    std::string const header = octets(one.hex);
    EXPECT_EQ(cut_everywhere(header), one.says + (" @" + std::to_string(header.size()))) << one.how;
    EXPECT_EQ(cut_everywhere(header, header.size(), 4096), cut_everywhere(header)) << one.how;
    EXPECT_EQ(cut_everywhere(header, header.size() - 1, 4096).substr(0, 8), "too long") << one.how;
    for (std::size_t i = 0; i != header.size(); ++i)
      EXPECT_EQ(cut_everywhere(header.substr(0, i)), "+ @" + std::to_string(i)) << "incomplete";
  }
}

TEST(ProxyReader, CommandsFamiliesAndTransports) {
  struct row {
    char const* command_and_family;
    std::string rest;
    std::string says;
  };
  std::string const paths =
      std::string("/run/a") + std::string(102, '\0') + std::string("\0abstract", 9) + std::string(99, '\0');
  std::string const garbage = std::string("/run/a\0x", 8) + std::string(100, 'y') + std::string(108, 'z');
  row const rows[] = {
      {"21 11", v4, "2" + over_v4},
      {"21 12", v4, "2 inet datagram 192.0.2.1 40001 > 198.51.100.2 25"},
      {"21 21", v6, "2 inet6 stream 2001:db8::1 40002 > 2001:db8::2 25"},
      {"21 22", v6, "2 inet6 datagram 2001:db8::1 40002 > 2001:db8::2 25"},
      {"21 31", paths, "2 unix stream </run/a> > <\\x00abstract>"},
      {"21 32", garbage, "2 unix datagram </run/a> > <" + std::string(108, 'z') + ">"},
      {"21 31", std::string(216, '\0'), "2 unix stream <> > <>"},
      {"21 31", paths + tlv(1, "smtp"), "2 unix stream </run/a> > <\\x00abstract> 01=smtp"},
      {"21 21", v6 + tlv(0xEA, "vpce"), "2 inet6 stream 2001:db8::1 40002 > 2001:db8::2 25 EA=vpce"},
      // "The receiver is free to accept the connection anyway and use the real endpoint addresses."
      {"21 00", "", "2 local"},
      {"21 00", "whatever it is", "2 local"},
      {"21 01", v4, "2 local"},
      {"21 10", v4, "2 local"},
      {"21 20", "", "2 local"},
      {"21 30", "x", "2 local"},
      {"21 02", tlv(3, "wrong"), "2 local"},
      // LOCAL: "discard the protocol block including the family which is ignored".
      {"20 00", "", "2 local"},
      {"20 11", v4, "2 local"},
      {"20 11", "", "2 local"},
      {"20 FF", "anything", "2 local"},
      {"20 21", v6 + tlv(3, "1234"), "2 local"},
  };
  for (row const& one : rows) {
    std::string const header = binary(one.command_and_family, one.rest);
    EXPECT_EQ(cut_everywhere(header), one.says + " @" + std::to_string(header.size())) << one.command_and_family;
  }
}

// "Anything that is not": refused with the octet that proves it, however it is cut.
TEST(ProxyReader, RefusedAtTheFirstOctetThatContradicts) {
  struct row {
    std::string in;
    std::size_t at;
  };
  std::string const signature = octets("0D0A0D0A000D0A515549540A");
  std::vector<row> rows{
      {"EHLO client.example\r\n", 0},
      {"\x16\x03\x01\x02\x00\x01", 0},
      {"\n", 0},
      {"\r\n\r\n\r\n", 4},
      {"\r\nQUIT\r\n", 2},
      {"PROXY UDP4 1.2.3.4", 7},
      {"PROXY TCP4 1.2.3.4 1.2.3.256 ", 27},
      {"PROXY UNKNOWN\n", 13},
      {"PROXY UNKNOWN\rx", 14},
      {signature + octets("11 11 000C") + v4, 12},
      {signature + octets("31 11 000C") + v4, 12},
      {signature + octets("22 11 000C") + v4, 12},
      {signature + octets("2F 11 000C") + v4, 12},
      {signature + octets("00 11 000C") + v4, 12},
      {signature + octets("21 13 000C") + v4, 13},
      {signature + octets("21 1F 000C") + v4, 13},
      {signature + octets("21 41 0000"), 13},
      {signature + octets("21 F1 0000"), 13},
      {signature + octets("21 03 0000"), 13},
      {signature + octets("21 11 000B") + v4, 15},
      {signature + octets("21 12 0000") + v4, 15},
      {signature + octets("21 21 0023") + v6, 15},
      {signature + octets("21 22 000C") + v6, 15},
      {signature + octets("21 31 00D7") + std::string(216, 'x'), 15},
      {signature + octets("21 32 0000"), 15},
  };
  for (std::size_t i = 0; i != signature.size(); ++i) {
    rows.push_back({signature, i});
    rows.back().in[i] = static_cast<char>(rows.back().in[i] ^ 0x20);
  }
  for (row const& one : rows) {
    EXPECT_EQ(cut_everywhere(one.in), "no header @" + std::to_string(one.at)) << reference::printable(one.in);
    EXPECT_EQ(cut_everywhere(one.in.substr(0, one.at)), "+ @" + std::to_string(one.at));
  }
}

TEST(ProxyReader, Tlvs) {
  std::string const longest_id(128, 'i');
  struct row {
    std::string tlvs;
    std::string says;  // empty: no header
  };
  row const valid[] = {
      {tlv(4, ""), " 04="},
      {tlv(4, "padding"), " 04=padding"},
      {tlv(5, ""), " 05="},
      {tlv(5, longest_id), " 05=" + longest_id},
      {tlv(1, "") + tlv(1, "x"), " 01= 01=x"},
      {tlv(2, "\xFF\0"sv), " 02=\\xFF\\x00"},
      {tlv(0x30, "blue"), " 30=blue"},
      {tlv(0, "") + tlv(0xFF, "f") + tlv(0x21, "top level"), " 00= FF=f 21=top\\x20level"},
      {tlv(0x20, "\1\0\0\0\0"sv), " 20(1 0)"},
      {tlv(0x20, "\7\0\0\1\0"sv) + tlv(0x20, "\0\0\0\0\1"sv), " 20(7 256) 20(0 1)"},
      {tlv(0x20, "\1\0\0\0\0"s + tlv(0x21, "") + tlv(0x28, "DER") + tlv(0x22, "c")), " 20(1 0 21= 28=DER 22=c)"},
  };
  for (row const& one : valid) {
    std::string const header = tcp4(one.tlvs);
    EXPECT_EQ(cut_everywhere(header), "2" + over_v4 + one.says + " @" + std::to_string(header.size()));
    EXPECT_EQ(cut_everywhere(binary("20 11", v4 + one.tlvs)).substr(0, 9), "2 local @");
  }

  std::string const invalid[] = {
      "\1",
      "\1\0"s,
      "\1\0\1"s,
      "\4\0\5four"s,
      "\4\xFF\xFF"s,
      tlv(1, "smtp") + "\4",
      tlv(1, "smtp") + "\4\0"s,
      tlv(1, "smtp") + "\4\0\1"s,
      tlv(5, longest_id + "i"),
      tlv(5, "fine") + tlv(5, longest_id + "i"),
      tlv(3, ""),
      tlv(3, "123"),
      tlv(3, "12345"),
      tlv(3, "\0\0\0\0"sv),
      tlv(0x20, ""),
      tlv(0x20, "\1\0\0\0"sv),
      tlv(0x20, "\1\0\0\0\0\x21"sv),
      tlv(0x20, "\1\0\0\0\0\x21\0"sv),
      tlv(0x20, "\1\0\0\0\0\x21\0\1"sv),
      tlv(0x20, "\1\0\0\0\0"s + tlv(0x21, "TLSv1.3") + "\x22\0\4cn!"s),
      tlv(0x20, "\1\0\0\0\0"sv) + tlv(0x20, "\1\0\0\0"sv),
  };
  for (std::string const& one : invalid) {
    std::string const header = tcp4(one);
    EXPECT_EQ(cut_everywhere(header), "no header @" + std::to_string(header.size())) << reference::printable(one);
    EXPECT_EQ(cut_everywhere(binary("20 11", v4 + one)).substr(0, 9), "2 local @") << "LOCAL: they are skipped";
  }
}

// 2.2.3.
TEST(ProxyReader, Checksum) {
  std::string const sum = tlv(3, "\0\0\0\0"sv);
  for (std::string const& tlvs : {sum, sum + tlv(1, "smtp"), tlv(1, "smtp") + sum, tlv(5, "id") + sum + tlv(4, "")}) {
    std::string const header = summed(tcp4(tlvs));
    EXPECT_EQ(cut_everywhere(header).substr(0, over_v4.size() + 1), "2" + over_v4);
    for (std::size_t bit = 0; bit != 8 * header.size(); ++bit) {
      std::string wrong = header;
      wrong[bit / 8] = static_cast<char>(ehlo::octet(wrong[bit / 8]) ^ 1U << bit % 8);
      std::string const said = (run(0xFFFFFF, 0x20000) << wrong).said();
      // What is wrong is found, unless the header now says that there is no checksum, or nothing to check.
      bool const local = bit == 12 * 8 || bit == 13 * 8 || bit == 13 * 8 + 4;
      bool const unsummed = bit / 8 == header.find("\x03\0\x04"sv) && said.find(" 03=") == std::string::npos;
      if (local)
        EXPECT_EQ(said.substr(0, 9), "2 local @") << bit;
      else if (unsummed)
        EXPECT_TRUE(said.starts_with("2 inet") || said.starts_with("no header")) << said;
      else
        EXPECT_TRUE(said.starts_with("no header") || said[0] == '+') << said;
    }
  }
  EXPECT_EQ(cut_everywhere(summed(tcp4(sum + sum))).substr(0, 9), "no header") << "which of both is zero in the sum?";
}

TEST(ProxyReader, LimitsAreThoseOfOptionAndStorage) {
  std::string const header = tcp4(tlv(4, std::string(300, 'p')));  // 16 + 12 + 303
  ASSERT_EQ(header.size(), 331U);
  EXPECT_EQ(cut_everywhere(header, 331, 331).substr(0, 2), "2 ");
  EXPECT_EQ(cut_everywhere(header, 330, 4096), "too long @15") << "said with the octet that tells the length";
  EXPECT_EQ(cut_everywhere(header, 4096, 330), "too long @15") << "also if all of it lies in the input";
  EXPECT_EQ(cut_everywhere(header, 16 + 256, 4096), "too long @15");
  EXPECT_EQ(cut_everywhere(header, 16 + 255, 4096), "too long @14") << "256 or more are already too many";
  EXPECT_EQ(cut_everywhere(header, 15, 4096), "too long @14");
  for (std::size_t limit = 0; limit != 14; ++limit) {
    EXPECT_EQ(cut_everywhere(header, limit, 4096), "too long @" + std::to_string(limit));
    EXPECT_EQ(cut_everywhere(header, 4096, limit), "too long @" + std::to_string(limit));
  }
  EXPECT_EQ(cut_everywhere("PROXY UNKNOWN\r\n", 15, 0), "1 local @15") << "version 1 needs no storage";
  EXPECT_EQ(cut_everywhere("PROXY UNKNOWN\r\n", 14, 0), "too long @12");
  EXPECT_EQ(cut_everywhere("PROXY UNKNOWN " + std::string(91, 'x') + "\r\n"), "1 local @107");
  EXPECT_EQ(cut_everywhere("PROXY UNKNOWN " + std::string(93, 'x') + "\r\n"), "too long @105");

  std::string const largest = binary("20 00", std::string(0xFFFF, '\r'));
  EXPECT_EQ((run(65551, 65551) << largest).said(), "2 local @65551");
  EXPECT_EQ((run(65550, 65551) << largest).said(), "too long @15");

  proxy_reader reader;
  std::array<char, 2048> storage{};
  std::string_view in = largest;
  EXPECT_EQ(reader.read(in, storage).error, errc::peer_proxy_too_long) << "1024 unless a host says otherwise";
  EXPECT_EQ(in.size(), largest.size() - 14);
}

TEST(ProxyReader, WithoutStorageNoVersion2) {
  for (char const* const hex : {captures[5].hex, captures[8].hex})
    EXPECT_EQ(cut_everywhere(octets(hex), 1024, 0), "too long @0");
}

TEST(ProxyReader, NothingBehindTheStorageIsWritten) {
  std::string const header = tcp4(tlv(1, "smtp"));
  std::vector<char> memory(header.size() + 16, '#');
  proxy_reader reader;
  for (char const& c : header + "more") {
    std::string_view in{&c, 1};
    if (reader.read(in, std::span(memory).first(header.size())).what != status::need_input) break;
  }
  EXPECT_EQ(std::string_view(memory.data(), header.size()), header);
  EXPECT_EQ(std::string_view(memory.data() + header.size(), 16), std::string(16, '#'));
}

TEST(ProxyReader, RestartForgets) {
  std::array<char, 64> storage{};
  for (std::string_view const begun : {"PROXY TCP4 1.2"sv, "\r\n\r\n\0\r\n"sv, "EHLO"sv}) {
    proxy_reader reader;
    std::string_view in = begun;
    EXPECT_NE(reader.read(in, storage).what, status::done);
    reader.restart();
    EXPECT_FALSE(reader.partial());
    for (int twice = 0; twice != 2; ++twice) {
      in = "PROXY UNKNOWN\r\nEHLO";
      EXPECT_EQ(reader.read(in, storage).what, status::done);
      EXPECT_EQ(in, "EHLO");
      EXPECT_FALSE(reader.partial());
    }
  }
}

TEST(ProxyReader, AnyOctetsInAnyPieces) {
  std::mt19937 random{821};
  for (int round = 0; round != 20'000; ++round) {
    std::string in = octets(captures[random() % std::size(captures)].hex);
    for (std::size_t change = random() % 4; change != 0; --change) {
      std::size_t const at = random() % 3 == 0 ? random() % in.size() : std::min(in.size() - 1, 12 + random() % 30);
      in[at] = static_cast<char>(random() % 4 == 0 ? random() : random() % 40);
    }
    in.append("EHLO x\r\n");
    std::size_t const limit = random() % 4 == 0 ? random() % 250 : 1024;
    std::string const whole = (run(limit) << in).said();
    run pieces(limit);
    for (std::size_t i = 0; i < in.size();) {
      std::size_t const size = 1 + random() % 24;
      pieces << std::string_view(in).substr(i, size);
      i += size;
    }
    ASSERT_EQ(pieces.said(), whole) << reference::printable(in);
  }
}

}  // namespace
