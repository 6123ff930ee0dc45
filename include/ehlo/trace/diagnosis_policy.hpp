// SPDX-License-Identifier: BSL-1.0
// Enhanced status codes X.7: who may send what to whom, and the checks on who the sender is (RFC 3463 3.8, RFC 7372).
#pragma once

#include "diagnosis_row.hpp"
#include "diagnosis_status.hpp"

namespace ehlo::inline v0::trace::diagnosis_rows {

inline constexpr diagnosis blocked{
    "blocked",
    "The server wants no mail from our address.",
    {"our address is on a blocklist: it has sent spam, or is one that should not send mail itself (home lines, clouds)",
     "our address has no name in the DNS, or one that looks like a home line's",
     "the server's own rules, or its postmaster, shut us out"},
    {see_list, see_reverse, {"the text of the reply, which often names the list and how to get off it"}},
    "RFC 5321 3.1, 7.8, RFC 7504 3"};

inline constexpr diagnosis blocked_for_now{
    "blocked_for_now",
    "The server wants no mail from our address now.",
    {"too many connections or messages from our address, or too many of them unwanted",
     "our address is new to it, or has a bad name", "greylisting of whole addresses",
     "TLS is required for the domain (Gmail says 4.7.0 of that)"},
    {{"that it is tried again later, with fewer connections at a time"}, see_list, see_reverse},
    "RFC 5321 3.8, 7.8"};

inline constexpr diagnosis relay_denied{
    "relay_denied",
    "The server does not take mail for this recipient from us: it does not relay for us, or it shuts us out.",
    {"no login: servers pass mail on only for their own users (587 or 465, with name and password)",
     "the domain is not this server's: its MX records lead elsewhere, or here by mistake",
     "our address is blocked, by a list or by the recipient's rules",
     "the sender's address is not one that this login may use"},
    {{"whether it offers AUTH", "ehlo-send --probe {host}"}, see_mx, see_list},
    "RFC 5321 3.6.2, 7.9, RFC 6409 4.3"};

inline constexpr diagnosis sender_not_allowed{
    "sender_not_allowed",
    "The server does not let us send as this sender.",
    {"the login may use its own address only", "no login, and the sender's domain is one of the server's own",
     "the sender's address or domain, or our address, is blocked", "SPF: the domain does not list our address"},
    {{"that the envelope's sender belongs to the login"}, see_spf, see_list},
    "RFC 6409 6.1, RFC 3463 3.8"};

inline constexpr diagnosis message_refused{
    "message_refused",
    "The server refuses the message for what it is or whom it comes from.",
    {"it looks like spam or a virus, or has a link or attachment that is not allowed",
     "SPF, DKIM or DMARC of the sender's domain failed", "our address has a bad name",
     "a rule of the recipient's organisation"},
    {read_reply, see_spf, see_dmarc},
    "RFC 3463 3.8, RFC 5321 7.8"};

inline constexpr diagnosis spf_failed{
    "spf_failed",
    "The sender's domain does not allow our address to send its mail (SPF).",
    {"our address is not in the domain's SPF record, or mail goes out by another address (IPv6, NAT) than is listed",
     "the mail was forwarded: the forwarder has to put its own sender (SRS)",
     "two SPF records, or more than ten look-ups in one"},
    {see_spf, see_reverse},
    "RFC 7372 3.2, RFC 7208 8.4"};

inline constexpr diagnosis dkim_failed{
    "dkim_failed",
    "The message has no DKIM signature that the server accepts.",
    {"the message was not signed", "the public key is not in the DNS, or not the one that signed",
     "the message was changed behind the signature: a footer, another encoding, long lines"},
    {see_dkim, {"that it is signed: a DKIM-Signature: field whose d= is the sender's domain"}},
    "RFC 7372 3.1, RFC 6376 6.1"};

inline constexpr diagnosis dmarc_failed{
    "dmarc_failed",
    "More than one check on the sender failed, as where the domain's DMARC policy demands SPF or DKIM.",
    {"neither SPF nor DKIM passed for the domain of the From: field: both pass only for another domain (not aligned)",
     "the message came by a mailing list or a forwarder that changed it", "a message without any SPF and DKIM (Gmail)"},
    {see_dmarc, see_spf, see_dkim},
    "RFC 7372 3.4, RFC 7489 6.6, 10.3"};

inline constexpr diagnosis reverse_dns_failed{
    "reverse_dns_failed",
    "Our address has no valid name in the DNS.",
    {"no PTR record, which only the owner of the address (the provider, the cloud) can set",
     "the name does not lead back to the address", "mail goes out by IPv6, and only the IPv4 address has a name"},
    {see_reverse, {"whether that name leads back, and is what we say in EHLO", "dig +short {helo} A {helo} AAAA"}},
    "RFC 7372 3.3"};

inline constexpr diagnosis recipient_changed{
    "recipient_changed",
    "The address may have another owner than the one that the message is for.",
    {"the mailbox or the domain was given to somebody else after the date that the sender names"},
    {{"with the recipient, by another way"}},
    "RFC 7293 5.1, 15.3"};

inline constexpr diagnosis cryptography{
    "cryptography",
    "The server cannot do what the message's security asks for.",
    {"an encrypted or signed message that a gateway cannot handle", "TLS to the next server cannot be had"},
    {read_reply, probe_host},
    "RFC 3463 3.8"};

inline constexpr diagnosis priority_refused{
    "priority_refused",
    "The server does not take this message with its priority.",
    {"the priority is too low for it now", "the message is too large for its priority"},
    {{"the priorities that the server offers (MT-PRIORITY)", "ehlo-send --probe {host}"}},
    "RFC 6710 4.1, 5"};

inline constexpr diagnosis_row policy_rows[]{
    {{.code = 5, .status = {7, 1}, .stages = opening}, blocked},
    {{.code = 5, .status = {7, 0}, .stages = opening}, blocked},
    {{.code = 4, .status = {7}, .stages = opening}, blocked_for_now},
    {{.code = 4, .status = {7, 0}}, blocked_for_now},
    {{.code = 454, .status = {7, 1}, .stages = at(stage::rcpt)}, relay_denied},  // Postfix, where it is told to wait
    {{.code = 4, .status = {7, 1}}, greylisted},
    {{.status = {7, 1}, .stages = at(stage::mail)}, sender_not_allowed},
    {{.status = {7, 1}, .stages = at(stage::rcpt)}, relay_denied},
    {{.status = {7, 1}}, message_refused},
    {{.status = {7, 2}},
     {"list_refused",
      "The sender may not write to this mailing list.",
      {"only members may, or only some", "a list that is for announcements"},
      {{"with the list's owner; that the envelope's sender is the member's address"}},
      "RFC 3463 3.8"}},
    {{.status = {7, 3}}, cryptography},
    {{.status = {7, 4}}, cryptography},
    {{.status = {7, 5}}, cryptography},
    {{.status = {7, 6}}, cryptography},
    {{.status = {7, 7}},
     {"integrity_failed",
      "The message was changed on its way.",
      {"a gateway, virus scanner or mailing list that changes signed messages"},
      {{"with the recipient's postmaster"}},
      "RFC 3463 3.8"}},
    {{.status = {7, 14}},
     {"trust_required",
      "The server needs an agreement with ours that is not there.",
      {"a service between organisations that nobody has set up (a delivery by a trusted server)"},
      {{"with its postmaster"}},
      "RFC 5248"}},
    {{.status = {7, 15}}, priority_refused},
    {{.status = {7, 16}}, priority_refused},
    {{.status = {7, 17}}, recipient_changed},
    {{.status = {7, 18}}, recipient_changed},
    {{.status = {7, 19}}, recipient_changed},
    {{.status = {7, 20}}, dkim_failed},
    {{.status = {7, 21}}, dkim_failed},
    {{.status = {7, 22}},
     {"dkim_not_aligned",
      "The message's DKIM signatures are not the author's: none is of the domain in the From: field.",
      {"a mail service that signs with its own domain only", "a From: field that is not the signer's"},
      {{"that the d= of a DKIM-Signature: field is the domain in From:"}, see_dkim},
      "RFC 7372 3.1"}},
    {{.status = {7, 23}}, spf_failed},
    {{.status = {7, 24}},
     {"spf_error",
      "The SPF record of the sender's domain could not be evaluated.",
      {"more than ten look-ups, two records, or a typing error in the record",
       "a DNS server of a domain that it includes does not answer"},
      {see_spf},
      "RFC 7372 3.2, RFC 7208 4.6.4, 8.7"}},
    {{.status = {7, 25}}, reverse_dns_failed},
    {{.status = {7, 26}}, dmarc_failed},
    {{.status = {7, 27}},
     {"sender_has_null_mx",
      "The sender's domain says that it takes no mail, so it may not send any.",
      {"a null MX record (\"0 .\") at the domain of the envelope's sender", "Gmail says 7.27 where SPF did not pass"},
      {{"the domain's MX records", "dig +short MX {sender_domain}"}, see_spf},
      "RFC 7505 4.1, 4.2"}},
    {{.status = {7, 28}},
     {"mail_flood",
      "Too much mail has come from this sender or address.",
      {"more messages in a time than the server allows", "a fault that sends in circles, or an account that was stolen",
       "our address has a bad name (Gmail says 7.28 of that)"},
      {{"our queue: who sends so much"}, {"that it is tried again later, and slower"}, see_list},
      "IANA, SMTP Enhanced Status Codes: X.7.28"}},
    {{.status = {7, 29}},
     {"arc_failed",
      "The chain of seals that forwarders put on the message (ARC) is broken.",
      {"a forwarder changed the message behind its seal", "Gmail says 7.29 where the connection has no TLS"},
      {{"the ARC-Seal: fields of the message"}, {"that the connection uses TLS (ehlo-send --transcript)"}},
      "IANA, SMTP Enhanced Status Codes: X.7.29"}},
    {{.status = {7, 30}},
     {"requiretls_refused",
      "The message demands TLS all the way (REQUIRETLS), and a server on the way cannot promise it.",
      {"the next server does not offer REQUIRETLS, or its name or certificate cannot be verified",
       "Gmail says 7.30 where DKIM did not pass"},
      {probe_host, see_dkim},
      "RFC 8689 4.2.1"}},
    {{.status = {7, 31}}, dmarc_failed},  // Gmail's, like the next two
    {{.status = {7, 32}}, dmarc_failed},
    {{.status = {7, 40}}, dmarc_failed},
    {{.status = {7, 64}}, relay_denied},  // Microsoft's: no connector for our address or certificate
    {{.code = 5, .status = {7}, .stages = opening}, blocked},
    {{.code = 4, .status = {7}}, blocked_for_now},
    {{.status = {7}, .stages = at(stage::rcpt)}, relay_denied},
    {{.status = {7}, .stages = at(stage::mail)}, sender_not_allowed},
    {{.status = {7}}, message_refused},
};

}  // namespace ehlo::inline v0::trace::diagnosis_rows
