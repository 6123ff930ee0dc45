// SPDX-License-Identifier: BSL-1.0
// The header of a message, kept as it comes in pieces, and its fields (RFC 5322 2.1, 2.2).
//
//   header_block header;
//   while a piece of the message comes:
//     std::string_view const rest = header.take(piece);  // what of it is the body's
//   header.end();
//   for (header_field const field : header.fields()) ...
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"

namespace ehlo::inline v0::sender {

/// One field, with all its lines. Views of the header.
struct header_field {
  /// In front of the colon, without white space before that (RFC 5322 4.5). Empty: the lines are no field; they have no
  /// colon, or something else than printable ASCII in front of it, or go on from nothing at the beginning.
  std::string_view name{};
  std::string_view value{};  ///< behind the colon, still folded, without the last line end; of no field all of it
  std::string_view raw{};    ///< all octets, with the last line end if the message has one there
};

/// Whether everybody sees the same field here: it is one, and no CR or LF stands alone in it.
[[nodiscard]] constexpr bool is_well_formed(header_field const& field) noexcept {
  std::string_view rest = field.raw;
  for (std::size_t at = rest.find_first_of("\r\n"); at != rest.npos; at = rest.find_first_of("\r\n")) {
    if (!rest.substr(at).starts_with("\r\n")) return false;
    rest.remove_prefix(at + 2);
  }
  return !field.name.empty();
}

/// The fields of a header, first to last. Each step reads one field.
class header_fields {
 public:
  class iterator {
   public:
    using value_type = header_field;
    using difference_type = std::ptrdiff_t;

    constexpr iterator() noexcept = default;
    constexpr explicit iterator(std::string_view rest) noexcept : rest_{rest} { read(); }

    [[nodiscard]] constexpr header_field const& operator*() const noexcept { return field_; }
    [[nodiscard]] constexpr header_field const* operator->() const noexcept { return &field_; }
    constexpr iterator& operator++() noexcept {
      rest_.remove_prefix(field_.raw.size());
      read();
      return *this;
    }
    constexpr iterator operator++(int) noexcept {
      iterator const before = *this;
      ++*this;
      return before;
    }
    [[nodiscard]] friend constexpr bool operator==(iterator const& a, iterator const& b) noexcept {
      return a.rest_.size() == b.rest_.size();
    }

   private:
    constexpr void read() noexcept {
      field_ = {};
      if (rest_.starts_with("\r\n")) rest_ = {};
      if (rest_.empty()) return;
      std::size_t end = 0;
      do {
        std::size_t const line_end = rest_.find("\r\n", end);
        end = line_end == std::string_view::npos ? rest_.size() : line_end + 2;
      } while (end != rest_.size() && is_wsp(rest_[end]));
      field_.raw = rest_.substr(0, end);
      field_.value = field_.raw;
      if (field_.raw.ends_with("\r\n")) field_.value.remove_suffix(2);
      std::size_t const colon = field_.value.find(':');
      if (colon == std::string_view::npos) return;
      std::string_view name = field_.value.substr(0, colon);
      while (!name.empty() && is_wsp(name.back())) name.remove_suffix(1);
      for (char const c : name)
        if (c <= ' ' || c > '~') return;
      if (name.empty()) return;
      field_.name = name;
      field_.value.remove_prefix(colon + 1);
    }

    std::string_view rest_{};
    header_field field_{};
  };

  constexpr header_fields() noexcept = default;
  /// The octets of a header; an empty line ends it.
  constexpr explicit header_fields(std::string_view text EHLO_LIFETIMEBOUND) noexcept : text_{text} {}

  [[nodiscard]] constexpr iterator begin() const noexcept { return iterator{text_}; }
  [[nodiscard]] constexpr iterator end() const noexcept { return {}; }

 private:
  std::string_view text_{};
};

/// A header in storage that is given to it. A line ends with CRLF; a CR or LF alone is an octet like any other. The
/// header ends with the first empty line, or with the message; a message may begin with the empty line.
class header_block_core {
 public:
  header_block_core(header_block_core const&) = delete;
  header_block_core& operator=(header_block_core const&) = delete;

  /// The next octets of the message, cut anywhere. Returns those that belong to the body: none until the header has
  /// ended, all once it has.
  [[nodiscard("the body begins here")]] constexpr std::string_view take(
      std::string_view piece EHLO_LIFETIMEBOUND) noexcept {
    std::size_t used = 0;
    while (used != piece.size() && !ended_) {
      std::size_t const cr = place_ == place::within ? piece.find('\r', used) : used;
      used = cr == std::string_view::npos ? piece.size() : cr;
      if (used != piece.size()) step(piece[used++]);
    }
    keep(piece.substr(0, used));
    return piece.substr(used);
  }

  /// The message has ended. Without an empty line all of it was the header.
  constexpr void end() noexcept { ended_ = true; }
  /// Whether the header is whole.
  [[nodiscard]] constexpr bool ended() const noexcept { return ended_; }
  /// It did not fit into the storage. Then nothing of it is kept: a header of which the end is missing is not the one
  /// that others will see.
  [[nodiscard]] constexpr bool too_long() const noexcept { return too_long_; }

  /// All octets so far, with the empty line.
  [[nodiscard]] constexpr std::string_view text() const& noexcept EHLO_LIFETIMEBOUND { return {room_.data(), size_}; }
  constexpr std::string_view text() const&& = delete;
  /// The fields of the text; the last one may be incomplete until the header has ended.
  [[nodiscard]] constexpr header_fields fields() const& noexcept EHLO_LIFETIMEBOUND { return header_fields{text()}; }
  constexpr header_fields fields() const&& = delete;

 protected:
  constexpr explicit header_block_core(std::span<char> room) noexcept : room_{room} {}
  ~header_block_core() = default;

 private:
  enum class place : std::uint8_t { line_start, cr_at_start, within, cr_within };

  constexpr void step(char c) noexcept {
    bool const at_start = place_ == place::line_start;
    if (c == '\n' && place_ == place::cr_at_start)
      ended_ = true;
    else if (c == '\n' && place_ == place::cr_within)
      place_ = place::line_start;
    else
      place_ = c != '\r' ? place::within : at_start ? place::cr_at_start : place::cr_within;
  }
  constexpr void keep(std::string_view octets) noexcept {
    if (octets.size() > room_.size() - size_) too_long_ = true;
    if (too_long_) {
      size_ = 0;
      return;
    }
    octets.copy(room_.data() + size_, octets.size());
    size_ += octets.size();
  }

  std::span<char> room_;
  std::size_t size_ = 0;
  place place_ = place::line_start;
  bool ended_ = false;
  bool too_long_ = false;
};

namespace detail {
template <std::size_t Room>
struct header_storage {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): written before it is read
  constexpr header_storage() noexcept {}
  std::array<char, Room> room;
};
}  // namespace detail

/// A header with its storage, for one of at most `Room` octets.
template <std::size_t Room = 65536>
class basic_header_block : private detail::header_storage<Room>, public header_block_core {
  static_assert(Room >= 1000, "there are fields of a thousand octets everywhere");

 public:
  constexpr basic_header_block() noexcept : header_block_core{this->room} {}
};

using header_block = basic_header_block<>;

}  // namespace ehlo::inline v0::sender
