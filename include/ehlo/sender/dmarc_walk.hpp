// SPDX-License-Identifier: BSL-1.0
// From a domain to the organizational domain by the DNS tree walk (RFC 9989 4.10, which was draft-ietf-dmarc-dmarcbis):
// at most eight names, from the domain itself up to its last label. What stands at a name is told to the walk.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/config.hpp"
#include "../dns/name.hpp"

namespace ehlo::inline v0::sender::detail {

/// How many labels a name has, without the root.
[[nodiscard]] constexpr std::size_t label_count(std::string_view name) noexcept {
  std::size_t count = name.empty() ? 0 : 1;
  for (char const c : name)
    if (c == '.') ++count;
  return count;
}

/// The last labels of a name: all of it if it has no more.
[[nodiscard]] constexpr std::string_view last_labels(std::string_view name EHLO_LIFETIMEBOUND,
                                                     std::size_t count) noexcept {
  std::size_t at = name.size();
  while (at != 0 && (name[at - 1] != '.' || --count != 0)) --at;
  return name.substr(at);
}

/// What stands at `_dmarc` of a name. Several records are no record (4.10 step 2).
enum class dmarc_node : std::uint8_t { unknown, no_record, record, record_psd_yes, record_psd_no };

/// What is known of the names that a walk from one domain can ask for: the domain, and its last one to seven labels.
class dmarc_nodes {
 public:
  constexpr void note(std::string_view subject, std::string_view name, dmarc_node there) noexcept {
    if (std::size_t const place = place_of(subject, name); place < nodes_.size()) nodes_[place] = there;
  }
  [[nodiscard]] constexpr dmarc_node at(std::string_view subject, std::string_view name) const noexcept {
    std::size_t const place = place_of(subject, name);
    return place < nodes_.size() ? nodes_[place] : dmarc_node::unknown;
  }

 private:
  [[nodiscard]] constexpr std::size_t place_of(std::string_view subject, std::string_view name) const noexcept {
    if (!is_within(subject, name)) return nodes_.size();
    return name.size() == subject.size() ? 0 : label_count(name);
  }

  std::array<dmarc_node, 8> nodes_{};
};

/// One walk. The name that it began with is lent.
class dmarc_walk {
 public:
  constexpr dmarc_walk() noexcept = default;
  constexpr explicit dmarc_walk(std::string_view subject EHLO_LIFETIMEBOUND) noexcept
      : subject_{subject}, target_{subject} {}

  /// The name whose record is wanted next; empty once the walk is over.
  [[nodiscard]] constexpr std::string_view target() const noexcept { return target_; }

  /// What stands at the target.
  constexpr void take(dmarc_node there) noexcept {
    // At the name that the walk began with, psd=y says nothing of what is below it: that is the name itself.
    if (there == dmarc_node::record_psd_yes)
      organization_ = last_labels(subject_, label_count(target_) + 1);
    else if (there != dmarc_node::no_record)
      organization_ = target_;
    if (there == dmarc_node::record_psd_yes || there == dmarc_node::record_psd_no) {
      target_ = {};
      return;
    }
    std::size_t const labels = label_count(target_);
    target_ = last_labels(target_, labels > most_steps ? most_steps : labels - 1);
    if (labels == 1) target_ = {};
  }

  /// Of a walk that is over: the organizational domain, at the end of the name that it began with. Of records without
  /// psd= it is the one with the fewest labels; without any record it is the name itself.
  [[nodiscard]] constexpr std::string_view organization() const noexcept {
    return organization_.empty() ? subject_ : organization_;
  }

 private:
  /// A name of eight labels or more is cut to seven behind the first question (step 4).
  static constexpr std::size_t most_steps = 7;

  std::string_view subject_{};
  std::string_view target_{};
  std::string_view organization_{};
};

}  // namespace ehlo::inline v0::sender::detail
