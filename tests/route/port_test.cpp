// SPDX-License-Identifier: BSL-1.0
// What each port is for, and that no fallback means clear text.
#include "ehlo/route/port.hpp"

#include <gtest/gtest.h>

#include "ehlo/client.hpp"

namespace {

using namespace ehlo::route;
using ehlo::tls_policy;

// RFC 8314 3.3: implicit TLS on 465, STARTTLS on 587.
static_assert(submission_ports[0].number == 465 && submission_ports[0].implicit_tls);
static_assert(submission_ports[1].number == 587 && !submission_ports[1].implicit_tls);
static_assert(submission_ports[2].number == 2525 && !submission_ports[2].implicit_tls);
static_assert(submission_ports[1].security == submission_ports[2].security);

// RFC 5321 4.5.4.2; RFC 2033 5: LMTP must not use port 25.
static_assert(find_port(25)->use == port_use::relay && !find_port(25)->implicit_tls);
static_assert(find_port(25)->security == tls_requirement{tls_policy::opportunistic, false, false});
static_assert(find_port(24)->lmtp() && !find_port(25)->lmtp());
static_assert(find_port(465)->service == "submissions" && find_port(587)->service == "submission");
static_assert(find_port(0) == nullptr && find_port(26) == nullptr && find_port(80) == nullptr);

TEST(Port, SubmissionIsNeverInClearText) {
  for (port const& one : ports) {
    EXPECT_FALSE(one.source.empty()) << one.number;
    EXPECT_EQ(find_port(one.number)->number, one.number);
    if (one.use != port_use::submission) continue;
    EXPECT_EQ(one.security, (tls_requirement{tls_policy::require, true, false})) << one.number;
  }
}

// What a port says goes into the options as it is.
TEST(Port, FitsTheClient) {
  for (port const& one : ports) {
    ehlo::client_options options{.hostname = "client.example", .lmtp = one.lmtp()};
    options.tls = one.security.tls;
    EXPECT_FALSE(options.check()) << one.number;
  }
}

}  // namespace
