// SPDX-License-Identifier: BSL-1.0
// ehlo-deliver: sends messages to the servers that the DNS names for their recipients, as a relay does. c-ares asks
// (resolver.hpp), the library says what, and whom to try next (ehlo/route/); each connection is one of ehlo-send's.
#include <csignal>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../send_loop.hpp"
#include "../send_options.hpp"
#include "../send_queue.hpp"
#include "../send_session.hpp"
#include "../send_stream.hpp"
#include "../tls.hpp"
#include "deliver_options.hpp"
#include "ehlo/grammar/literal_writer.hpp"
#include "ehlo/route/delivery_attempts.hpp"
#include "resolver.hpp"

namespace {

using namespace sending;

std::string text_of(ehlo::address_literal const& address) {
  char room[64];
  ehlo::text_writer out{room};
  return write_ip_address(out, address) ? std::string{out.written()} : std::string{};
}

std::string text_of(ehlo::reply_code code, ehlo::enhanced_code status) {
  std::string text;
  if (code) text += " " + std::to_string(code.number());
  if (status) text += " " + sending::text_of(status);
  return text;
}

/// The list, or why there is none, and what was wrong with the records.
void tell(route::mx_lookup const& lookup, std::string const& domain) {
  for (std::size_t i = 0; i != lookup.hosts().size(); ++i) {
    route::mail_exchanger const& host = lookup.hosts()[i];
    std::string line = domain + ":";
    if (lookup.implicit())
      line += " no MX record;";
    else if (!host.name().empty())
      line += " MX " + std::to_string(host.preference());
    if (!host.name().empty()) line.append(" ").append(host.name());
    if (host.is_alias()) line += " (an alias of " + printable(host.canonical_name()) + ")";
    for (std::size_t n = 0; n != lookup.address_count(i); ++n) line += " " + text_of(lookup.address(i, n));
    if (host.lookup_failed()) line += " (not all is known: the DNS does not answer)";
    say("-- ", line);
  }
  route::mx_remarks const& remarks = lookup.remarks();
  auto const remark = [&](std::uint32_t count, std::string_view what) {
    if (count != 0) say("-- ", domain, ": ", what, ": ", std::to_string(count));
  };
  remark(remarks.root_targets, "MX records that name the root");
  remark(remarks.address_targets, "MX records with an address in place of a name");
  remark(remarks.malformed_targets, "MX records with what can be no name of a host");
  remark(remarks.hosts_left_out, "MX records that are not looked at");
  if (lookup.own_host_found()) say("-- ", domain, ": our own host is among them; only better ones are tried");
}

/// The last word of a connection about what is still to be sent.
route::attempt_ending ending_of(send_queue const& all) {
  if (all.waiting.empty()) return {};
  ending const& last = all.last;
  // The connection has done what it could, and there are messages left.
  bool const more = last.advice == ehlo::advice::done;
  ehlo::advice const what = !more ? last.advice : last.progress ? ehlo::advice::reconnect : ehlo::advice::retry_later;
  return {last.error, what, last.failure.code, last.failure.status, last.progress};
}

/// One connection, from the attempt to its end.
route::attempt_ending make(route::delivery_attempt const& to, send_queue& all, options& o,
                           tls::context const* context) {
  std::string const address = text_of(to.address);
  o.host = to.host.empty() ? address : to.host;
  o.tls_name = o.host;
  all.smtp.tls = to.cleartext ? ehlo::tls_policy::never : o.smtp.tls;
  all.last = {};
  say("-- attempt ", std::to_string(to.number), to.again ? ", once more" : "", ": ",
      to.host.empty() ? "" : o.host + " at ", address, " port ", o.port, to.cleartext ? ", in clear text" : "");
  connection_attempt const tried = connect_to(address, o.port, o.connect_timeout);
  if (tried.socket < 0) {
    all.not_connected(tried.error, tried.failure);
    say("-- ", tried.error);
    return route::not_connected;
  }
  stream connection{tried.socket, tried.socket};
  session one{all, context, now()};
  converse(one, connection);
  if (!all.waiting.empty() && !all.last.why.empty()) say("-- ", all.last.why);
  return ending_of(all);
}

/// What is said of those that no connection has decided about.
void conclude(send_queue& all, route::delivery_outcome const& end) {
  bool const tried = end.lookup == route::mx_outcome::found;
  all.last.advice = end.advice;
  all.last.error = end.error;
  all.last.why = tried ? message(end.error) : message(end.lookup);
  all.last.why += text_of(end.code, end.status);
  if (!tried) all.last.failure = {.code = end.code, .status = end.status};
}

/// All messages to the recipients of one domain. The exit status.
int deliver(options& o, deliver_options const& mine, resolver& dns, tls::context const* context) {
  send_queue all{o};
  std::string_view const domain = ehlo::domain_of(o.recipients.front());
  route::mx_lookup lookup{domain, mine.lookup()};
  dns.finish(lookup);
  tell(lookup, printable(domain));
  route::delivery_attempts attempts{lookup, mine.most};
  while (!attempts.over()) attempts.ended(make(attempts.attempt(), all, o, context));
  conclude(all, attempts.outcome());
  return all.finish();
}

/// The recipients of each domain, in the order in which they were named.
std::vector<std::vector<std::string_view>> by_domain(std::vector<std::string_view> const& recipients) {
  std::vector<std::vector<std::string_view>> groups;
  for (std::string_view const one : recipients) {
    std::string_view const domain = ehlo::domain_of(one);
    if (domain.empty()) fail(status::wrong_usage, "--rcpt ", one, ": no address with a domain");
    auto const same = [&](auto const& group) { return ehlo::same_domain(ehlo::domain_of(group.front()), domain); };
    auto const found = std::find_if(groups.begin(), groups.end(), same);
    (found == groups.end() ? groups.emplace_back() : *found).push_back(one);
  }
  return groups;
}

}  // namespace

int main(int count, char** arguments) {
  deliver_options mine;
  std::vector<char*> rest = mine.take({arguments, arguments + count});
  options o;
  parse_arguments(o, static_cast<int>(rest.size()), rest.data());
  // Names that the DNS gives prove nothing about whom a password belongs to.
  if (!o.smtp.mechanisms.empty()) fail(status::wrong_usage, "servers that the DNS names get no password");
  std::signal(SIGPIPE, SIG_IGN);
  mine.add_ourselves(o.smtp.hostname);
  std::vector<std::vector<std::string_view>> const groups = by_domain(o.recipients);
  if (groups.size() > 1 && std::find(o.files.begin(), o.files.end(), "-") != o.files.end())
    fail(status::wrong_usage, "standard input is read once, so all recipients must be of one domain");
  std::optional<tls::context> const context = tls_context(o);
  resolver dns{mine.servers};
  if (!dns.error().empty()) fail(status::wrong_usage, "--dns ", mine.servers, ": ", dns.error());
  int worst = status::delivered;
  for (auto const& group : groups) {
    o.recipients = group;
    worst = (std::max)(worst, deliver(o, mine, dns, context ? &*context : nullptr));
  }
  return worst;
}
