// SPDX-License-Identifier: BSL-1.0
// Replies about logging in and about TLS: to AUTH, to STARTTLS, and to what wants one of them first.
#pragma once

#include "diagnosis_row.hpp"

namespace ehlo::inline v0::trace::diagnosis_rows {

inline constexpr diagnosis auth_failed{
    "auth_failed",
    "The server does not accept this name and password.",
    {"the provider wants an app password, as most do where two-factor login is on (Gmail, iCloud, Yahoo)",
     "the provider takes no passwords over SMTP any more, but OAuth tokens, or has them switched off (Microsoft 365)",
     "a typing error, an old password, or the name without (or with) its domain",
     "SMTP is switched off for the account, or the account is locked"},
    {{"name and password by the provider's web page; then its page about app passwords"},
     {"which mechanisms it offers: XOAUTH2 and OAUTHBEARER are for tokens", "ehlo-send --probe {host}"},
     read_reply},
    "RFC 4954 6"};

inline constexpr diagnosis mechanism_too_weak{
    "mechanism_too_weak",
    "The server wants a stronger way to log in than this one.",
    {"an app password instead of the account's own (Gmail says 5.7.9 of that)",
     "a token (XOAUTH2, OAUTHBEARER) or SCRAM instead of PLAIN or LOGIN",
     "a login by the web page first, from a place that is new to the provider"},
    {{"which mechanisms it offers", "ehlo-send --probe {host}"}, read_reply},
    "RFC 4954 6"};

inline constexpr diagnosis encryption_required{
    "encryption_required",
    "The server wants TLS before this.",
    {"the client did not use STARTTLS, or is set to no TLS"},
    {{"STARTTLS on this port, or TLS from the start on 465", "ehlo-send --probe {host}"}},
    "RFC 3207 4, RFC 4954 6"};

inline constexpr diagnosis auth_required{
    "auth_required",
    "The server takes mail only from those who have logged in.",
    {"no name and password are set", "the login is set for another server or port",
     "a server for submission (587, 465) was chosen where the domain's MX on port 25 was meant"},
    {{"name and password in the program's settings"}, {"which mechanisms it offers", "ehlo-send --probe {host}"}},
    "RFC 4954 6, RFC 6409 4.3"};

inline constexpr diagnosis tls_not_available_now{
    "tls_not_available_now",
    "The server offers STARTTLS and cannot do it now.",
    {"its certificate or key cannot be read, or is wrong", "it has no resources left"},
    {{"that it is tried again later; with its postmaster, if it lasts"}, probe_host},
    "RFC 3207 4"};

inline constexpr diagnosis auth_failed_for_now{
    "auth_failed_for_now",
    "The server cannot judge the login now.",
    {"its password service does not answer", "too many logins of this account or from our address"},
    {{"that it is tried again later, not at once: that may lock the account"}},
    "RFC 4954 6"};

inline constexpr diagnosis account_disabled{"account_disabled",
                                            "The account that logs in is disabled.",
                                            {"it has expired, or was locked for abuse", "SMTP is switched off for it"},
                                            {{"with the provider"}},
                                            "RFC 5248"};

inline constexpr diagnosis password_transition{
    "password_transition",
    "The server needs the password once by PLAIN, inside TLS, before other mechanisms can be used.",
    {"the provider has changed how it stores passwords"},
    {{"a login by PLAIN inside TLS, once; or a new password"}},
    "RFC 4954 6"};

inline constexpr diagnosis_row auth_rows[]{
    {{.code = 535}, auth_failed},
    {{.status = {7, 8}}, auth_failed},
    {{.code = 534}, mechanism_too_weak},
    {{.status = {7, 9}}, mechanism_too_weak},
    {{.code = 538}, encryption_required},
    {{.status = {7, 11}}, encryption_required},
    {{.code = 523}, encryption_required},
    {{.status = {7, 10}}, encryption_required},
    {{.code = 432}, password_transition},
    {{.status = {7, 12}}, password_transition},
    {{.status = {7, 13}}, account_disabled},
    {{.code = 525}, account_disabled},
    {{.code = 530, .tls = tls_state::active}, auth_required},
    {{.status = {7, 57}}, auth_required},  // Microsoft's
    {{.code = 530},
     {"tls_or_auth_required",
      "The server takes this only after STARTTLS or a login.",
      {"the client did not use STARTTLS", "no name and password are set"},
      {{"what it offers before and after STARTTLS", "ehlo-send --probe {host}"}, read_reply},
      "RFC 3207 4, RFC 4954 6"}},

    {{.code = 4, .stages = at(stage::starttls)}, tls_not_available_now},
    {{.code = 5, .stages = at(stage::starttls)},
     {"starttls_refused",
      "The server refuses STARTTLS.",
      {"it does not know it, or is in TLS already", "something on the way has changed the command"},
      {probe_host},
      "RFC 3207 4"}},

    {{.code = 504, .stages = at(stage::auth)},
     {"mechanism_not_available",
      "The server does not have this mechanism, or not here.",
      {"a mechanism that it does not offer", "one that it offers inside TLS only"},
      {{"which mechanisms it offers before and after STARTTLS", "ehlo-send --probe {host}"}},
      "RFC 4954 4"}},
    {{.code = 503, .stages = at(stage::auth)},
     {"auth_not_enabled",
      "The server has no AUTH here, or not now.",
      {"AUTH is offered only behind STARTTLS, or only on 587 and 465", "a second login on one connection"},
      {probe_host},
      "RFC 4954 4"}},
    {{.code = 501, .stages = at(stage::auth)},
     {"auth_cancelled",
      "The login was broken off, or a line of it was malformed.",
      {"the client did not trust the server, or had no answer to its challenge",
       "a fault in the mechanism on one side"},
      {see_dialogue},
      "RFC 4954 4"}},
    {{.code = 421, .stages = at(stage::auth)},
     {"too_many_logins",
      "The server ends the connection within the login.",
      {"too many failed logins", "too many connections of this account or from our address"},
      {{"name and password, and other programs that try an old one"}},
      "RFC 4954 9, RFC 5321 3.8"}},
    {{.code = 4, .stages = at(stage::auth)}, auth_failed_for_now},
    {{.code = 5, .stages = at(stage::auth)}, auth_failed},
    {{.error = errc::peer_auth_failed, .code = 4}, auth_failed_for_now},
    {{.error = errc::peer_auth_failed}, auth_failed},
};

}  // namespace ehlo::inline v0::trace::diagnosis_rows
