// SPDX-License-Identifier: BSL-1.0
// How a server begins, whatever its loop is: what the options name is opened before anybody can connect, or it ends.
#pragma once

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "listener.hpp"
#include "maildir.hpp"
#include "message_check.hpp"
#include "serve_options.hpp"
#include "tls.hpp"

namespace serve {

/// For a host with one loop, and only sockets in it.
inline void refuse_what_only_ehlo_serve_does(options const& o) {
  auto const refuse = [](bool asked, std::string_view name) {
    if (asked) fail(2, name, ": only ehlo-serve does that");
  };
  refuse(o.stdio, "--stdio");
  refuse(o.once, "--once");
  refuse(o.threads > 1, "--threads");
}

struct resources {
  explicit resources(options const& o) {
    umask(077);
    if (!o.maildir.empty() && !box.open(o.maildir, o.smtp.hostname))
      fail(1, "--maildir ", o.maildir, ": ", std::strerror(errno));
    if (o.authenticate == authenticate::enforce && box.is_open() &&
        !junk.open(std::string{o.maildir} + "/.Junk", o.smtp.hostname))
      fail(1, "--maildir ", o.maildir, "/.Junk: ", std::strerror(errno));
    if (o.authenticate != authenticate::no)
      if (std::string const why = message_checks::error(o); !why.empty()) fail(2, "--dns ", o.dns, ": ", why);
    if (o.certificate.empty()) return;
    certificate = tls::context::for_server(o.certificate, o.key);
    if (!certificate->error().empty()) fail(1, certificate->error());
  }

  [[nodiscard]] tls::context const* context() const { return certificate ? &*certificate : nullptr; }

  maildir box;
  maildir junk;  ///< opened where something may go there
  std::optional<tls::context> certificate;
};

inline void remark_on(options const& o) {
  if (o.maildir.empty() && !o.discard) say("no --maildir: messages are accepted and thrown away");
}
/// For those who wait for it.
inline void announce(options const& o, int listener) {
  say("listening on ", local_address(listener).text());
  remark_on(o);
}

}  // namespace serve
