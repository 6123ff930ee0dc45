// SPDX-License-Identifier: BSL-1.0
// A reader for the JSON of tests/data: trusted, ASCII, small. A file that does not parse ends the test run.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ehlo_test {

class json {
 public:
  enum class kind { null, boolean, number, string, array, object };

  [[nodiscard]] kind type() const { return kind_; }
  [[nodiscard]] bool is(kind k) const { return kind_ == k; }
  [[nodiscard]] bool truth() const { return kind_ == kind::boolean && text_ == "true"; }
  [[nodiscard]] std::int64_t number() const { return std::strtoll(text_.c_str(), nullptr, 10); }
  [[nodiscard]] std::string const& text() const { return text_; }
  [[nodiscard]] std::vector<json> const& items() const& { return items_; }
  std::vector<json> const& items() const&& = delete;  // `for (... : parse(x).items())` would walk what is gone
  [[nodiscard]] std::vector<std::pair<std::string, json>> const& members() const& { return members_; }
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  /// The member of this name; null if there is none.
  [[nodiscard]] json const& operator[](std::string_view name) const {
    static json const none;
    json const* const found = find(name);
    return found != nullptr ? *found : none;
  }

  static json parse(std::string_view text) {
    reader r{text};
    json whole = r.value();
    r.space();
    if (!r.rest.empty()) r.fail();
    return whole;
  }
  static json read_file(std::string const& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) {
      std::fprintf(stderr, "cannot open %s\n", path.c_str());
      std::abort();
    }
    std::string const text{std::istreambuf_iterator<char>{file}, {}};
    return parse(text);
  }

 private:
  struct reader {
    std::string_view rest;

    [[noreturn]] void fail() const {
      std::fprintf(stderr, "bad JSON at: %.40s\n", std::string{rest}.c_str());
      std::abort();
    }
    void space() { rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size())); }
    char next() {
      if (rest.empty()) fail();
      char const c = rest.front();
      rest.remove_prefix(1);
      return c;
    }
    bool take(char c) {
      space();
      if (!rest.starts_with(c)) return false;
      rest.remove_prefix(1);
      return true;
    }
    void want(char c) {
      if (!take(c)) fail();
    }
    std::string string() {
      want('"');
      std::string out;
      for (char c = next(); c != '"'; c = next()) {
        if (c == '\\')
          out += escaped();
        else
          out += c;
      }
      return out;
    }
    std::string escaped() {
      char const c = next();
      if (c != 'u') return std::string(1, c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c);
      std::string const digits{rest.substr(0, 4)};
      rest.remove_prefix(digits.size());
      return utf8(std::strtoul(digits.c_str(), nullptr, 16));
    }
    static std::string utf8(unsigned long point) {
      auto const tail = [&](int shift) { return static_cast<char>(0x80 | (point >> shift & 0x3F)); };
      if (point < 0x80) return std::string(1, static_cast<char>(point));
      if (point < 0x800) return {static_cast<char>(0xC0 | point >> 6), tail(0)};
      return {static_cast<char>(0xE0 | point >> 12), tail(6), tail(0)};
    }
    json value() {
      json v;
      space();
      if (rest.starts_with('"')) {
        v.kind_ = kind::string;
        v.text_ = string();
      } else if (take('[')) {
        v.kind_ = kind::array;
        if (take(']')) return v;
        do v.items_.push_back(value());
        while (take(','));
        want(']');
      } else if (take('{')) {
        v.kind_ = kind::object;
        if (take('}')) return v;
        do {
          space();
          std::string name = string();
          want(':');
          v.members_.emplace_back(std::move(name), value());
        } while (take(','));
        want('}');
      } else {
        v.text_ = rest.substr(0, rest.find_first_of(",]} \t\r\n"));
        rest.remove_prefix(v.text_.size());
        bool const word = v.text_ == "true" || v.text_ == "false" || v.text_ == "null";
        if (v.text_.empty() || (!word && v.text_.find_first_not_of("+-.0123456789eE") != std::string::npos)) fail();
        v.kind_ = v.text_ == "null" ? kind::null : word ? kind::boolean : kind::number;
        if (v.is(kind::null)) v.text_.clear();
      }
      return v;
    }
  };

  [[nodiscard]] json const* find(std::string_view name) const {
    for (auto const& [key, member] : members_)
      if (key == name) return &member;
    return nullptr;
  }

  kind kind_ = kind::null;
  std::string text_;
  std::vector<json> items_;
  std::vector<std::pair<std::string, json>> members_;
};

/// The octets that a byte string of the cases stands for: \r \n \t \\ and \xHH (tests/data/cases/README.md).
inline std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i != text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    char const c = text[++i];
    if (c == 'x') {
      out += static_cast<char>(std::strtoul(std::string{text.substr(i + 1, 2)}.c_str(), nullptr, 16));
      i += 2;
    } else {
      out += c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : c;
    }
  }
  return out;
}

}  // namespace ehlo_test
