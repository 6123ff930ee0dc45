// SPDX-License-Identifier: BSL-1.0
// Who may log in to ehlo-serve: users with their passwords, and bearers of tokens. A service of many users would keep
// only the keys of SCRAM, and no passwords.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ehlo/sasl/scram_keys.hpp"
#include "ehlo/sasl/secret.hpp"
#include "sasl_functions.hpp"

namespace serve {

class users {
 public:
  void add(std::string_view name, std::string_view password) { users_.push_back({name, password, {}, {}}); }
  void add_token(std::string_view name, std::string_view token) { bearers_.push_back({name, token}); }
  [[nodiscard]] bool empty() const { return users_.empty() && bearers_.empty(); }
  [[nodiscard]] bool have_passwords() const { return !users_.empty(); }
  [[nodiscard]] bool have_tokens() const { return !bearers_.empty(); }

  /// What SCRAM needs, once and before anybody comes. False: there is no randomness to be had, or a password that
  /// cannot be prepared.
  [[nodiscard]] bool make_keys() {
    secret_ = crypto::random(32);
    return !secret_.empty() && std::all_of(users_.begin(), users_.end(), [](user& u) { return make_keys_of(u); });
  }

  [[nodiscard]] bool know(std::string_view name, std::string_view password) const {
    user const* const u = find(name);
    return u != nullptr && ehlo::sasl::equal_in_constant_time(u->password, password);
  }

  /// The answer to what a mechanism asks. Nobody acts as another here. A user who does not exist has a salt, too, the
  /// same each time; `salt` is room for it.
  [[nodiscard]] ehlo::sasl::answer judge(ehlo::sasl::question about, ehlo::sasl::claim const& who,
                                         ehlo::sasl::digest_text& salt) const {
    using enum ehlo::sasl::question;
    user const* const u = find(who.user_name);
    if (about == token) {
      bool const as_itself = who.user_name.empty() || who.authorization_identity.empty();
      std::string_view const name = who.user_name.empty() ? who.authorization_identity : who.user_name;
      return {.what = yes(as_itself && is_bearer(name, who.secret))};
    }
    if (about == secret) return {.what = yes(u != nullptr), .secret = u != nullptr ? u->password : ""};
    if (about != keys) return {};
    if (u != nullptr) return {.what = yes(true), .keys = u->keys_of(who.digest).view()};
    if (made_up_salt(crypto::functions(), who.digest, secret_, who.user_name, salt_size, salt) != ehlo::sasl::error::ok)
      return {.what = ehlo::sasl::verdict::unavailable};
    return {.keys = {.salt = salt.view(), .iterations = iterations}};
  }

 private:
  using stored_keys = std::shared_ptr<ehlo::sasl::stored_scram_keys>;  // shared, as options are copied
  struct user {
    std::string_view name, password;
    stored_keys sha_1, sha_256;

    [[nodiscard]] ehlo::sasl::stored_scram_keys const& keys_of(ehlo::sasl::hash digest) const {
      return digest == ehlo::sasl::hash::sha_1 ? *sha_1 : *sha_256;
    }
  };
  struct bearer {
    std::string_view name, token;
  };

  static constexpr std::size_t salt_size = 16;
  static constexpr std::uint32_t iterations = 4096;  // RFC 7677 4

  static ehlo::sasl::verdict yes(bool it_is) {
    return it_is ? ehlo::sasl::verdict::accept : ehlo::sasl::verdict::refuse;
  }
  static bool make_keys_of(user& u) {
    std::string const salt = crypto::random(salt_size);
    for (auto const& [keys, digest] :
         {std::pair{&u.sha_1, ehlo::sasl::hash::sha_1}, std::pair{&u.sha_256, ehlo::sasl::hash::sha_256}}) {
      *keys = std::make_shared<ehlo::sasl::stored_scram_keys>();
      if (make_scram_keys(crypto::functions(), digest, u.password, salt, iterations, **keys) != ehlo::sasl::error::ok)
        return false;
    }
    return true;
  }

  [[nodiscard]] user const* find(std::string_view name) const {
    auto const found = std::find_if(users_.begin(), users_.end(), [name](user const& u) { return u.name == name; });
    return found == users_.end() ? nullptr : &*found;
  }
  [[nodiscard]] bool is_bearer(std::string_view name, std::string_view token) const {
    return std::any_of(bearers_.begin(), bearers_.end(), [&](bearer const& b) {
      return b.name == name && ehlo::sasl::equal_in_constant_time(b.token, token);
    });
  }

  std::vector<user> users_;
  std::vector<bearer> bearers_;
  std::string secret_;  ///< for the salts that are made up
};

}  // namespace serve
