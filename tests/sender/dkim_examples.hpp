// SPDX-License-Identifier: BSL-1.0
// The signed messages of RFC 6376 A.2 and RFC 8463 A.3, and their keys.
//
// That of RFC 6376 does not verify as it is printed: the publication has changed white space, which counts in
// "simple". The RSA operation on its b= gives the digest of a header whose lines go on behind six spaces, where five
// are printed, and its bh= is that of a body with one space behind "game.", where two are printed (RFC 8463 A.3 has the
// same body and bh=, but "relaxed"). With these two changes it verifies.
#pragma once

#include <string>
#include <string_view>

namespace dkim_examples {

/// The message of all examples, unsigned (RFC 6376 A.1), with these spaces behind "game.".
inline std::string dinner(std::string_view spaces) {
  std::string message =
      "From: Joe SixPack <joe@football.example.com>\r\n"
      "To: Suzie Q <suzie@shopping.example.net>\r\n"
      "Subject: Is dinner ready?\r\n"
      "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
      "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
      "\r\n"
      "Hi.\r\n"
      "\r\n"
      "We lost the game.";
  return message.append(spaces) +
         "Are you hungry yet?\r\n"
         "\r\n"
         "Joe.\r\n";
}

/// RFC 6376 A.2 and appendix C, as printed and as it was signed.
inline std::string rfc6376_message(bool as_printed) {
  std::string const indent = as_printed ? "     " : "      ";
  std::string message = "DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n";
  for (std::string_view const line :
       {"c=simple/simple; q=dns/txt; i=joe@football.example.com;",
        "h=Received : From : To : Subject : Date : Message-ID;", "bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;",
        "b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB",
        "4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut", "KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV",
        "4bmp/YzhwvcubU4=;"})
    message.append(indent).append(line).append("\r\n");
  message += "Received: from client1.football.example.com  [192.0.2.1]\r\n" + indent +
             "by submitserver.example.com with SUBMISSION;\r\n" + indent + "Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n";
  return message + dinner(as_printed ? "  " : " ");
}
inline constexpr std::string_view rfc6376_key =
    "v=DKIM1; "
    "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcT"
    "Nh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB";

/// RFC 8463 A.3, A.2.
inline constexpr std::string_view rfc8463_signatures =
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
    " subject : date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
    " date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n";
inline std::string rfc8463_message() { return std::string{rfc8463_signatures} + dinner("  "); }
inline constexpr std::string_view rfc8463_ed25519_key =
    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
inline constexpr std::string_view rfc8463_rsa_key =
    "v=DKIM1; k=rsa; "
    "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Q"
    "vx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/"
    "K4w3QIDAQ"
    "AB";

}  // namespace dkim_examples
