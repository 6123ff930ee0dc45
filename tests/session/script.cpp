// SPDX-License-Identifier: BSL-1.0
// The parser of session scripts.
#include "script.hpp"

#include <array>
#include <fstream>
#include <iterator>

namespace ehlo_script {

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  while (true) {
    std::size_t const begin = text.find_first_not_of(' ');
    if (begin == text.npos) return out;
    text.remove_prefix(begin);
    out.emplace_back(text.substr(0, text.find(' ')));
    text.remove_prefix(out.back().size());
  }
}

std::uint64_t parse_number(std::string_view text) {
  std::uint64_t value = 0;
  if (text.empty()) throw script_error{"a number is missing"};
  for (char const c : text) {
    if (c < '0' || c > '9') throw script_error{"not a number: " + std::string{text}};
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

ehlo::milliseconds parse_duration(std::string_view text) {
  std::size_t const unit = text.find_first_not_of("0123456789");
  auto const value = static_cast<ehlo::milliseconds>(parse_number(text.substr(0, unit)));
  std::string_view const name = unit == text.npos ? "" : text.substr(unit);
  if (name == "ms") return value;
  if (name == "s") return value * ehlo::one_second;
  if (name == "min") return value * ehlo::one_minute;
  if (name == "h") return value * 60 * ehlo::one_minute;
  throw script_error{"a time needs a unit, ms, s, min or h: " + std::string{text}};
}

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  throw script_error{"\\x needs two hexadecimal digits"};
}

}  // namespace

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) throw script_error{"a backslash at the end"};
    switch (text[i]) {
      case 'r': out += '\r'; break;
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case '0': out += '\0'; break;
      case '\\': out += '\\'; break;
      case '"': out += '"'; break;
      case 'x':
        if (i + 2 >= text.size()) throw script_error{"\\x needs two hexadecimal digits"};
        out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
        i += 2;
        break;
      default: throw script_error{std::string{"unknown escape \\"} + text[i]};
    }
  }
  return out;
}

std::string escape(std::string_view octets) {
  std::string out;
  append_escaped(out, octets);
  return out;
}

void append_escaped(std::string& out, std::string_view octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (char const c : octets) {
    auto const value = static_cast<unsigned char>(c);
    switch (c) {
      case '\r': out += "\\r"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\\': out += "\\\\"; break;
      case '"': out += "\\\""; break;
      default:
        if (value < 0x20 || value > 0x7E)
          (((out += "\\x") += digits[value / 16])) += digits[value % 16];
        else
          out += c;
    }
  }
}

namespace {

/// `{1000*ab}` stands for a thousand times `ab`.
std::string expand(std::string_view line) {
  std::string out;
  while (true) {
    std::size_t const open = line.find('{');
    std::size_t const star = open == line.npos ? line.npos : line.find_first_not_of("0123456789", open + 1);
    std::size_t const close = open == line.npos ? line.npos : line.find('}', open);
    bool const is_one = close != line.npos && star != line.npos && star > open + 1 && line[star] == '*' && star < close;
    if (!is_one) {
      std::size_t const taken = open == line.npos ? line.size() : open + 1;
      out += line.substr(0, taken);
      line.remove_prefix(taken);
      if (line.empty()) return out;
      continue;
    }
    out += line.substr(0, open);
    std::uint64_t const count = parse_number(line.substr(open + 1, star - open - 1));
    for (std::uint64_t i = 0; i != count; ++i) out += line.substr(star + 1, close - star - 1);
    line.remove_prefix(close + 1);
  }
}

/// The text between quotes at the front of `rest`, which is advanced.
std::string take_quoted(std::string_view& rest) {
  std::size_t end = 1;
  while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2U : 1U;
  if (end >= rest.size()) throw script_error{"a quote is open"};
  std::string text = unescape(rest.substr(1, end - 1));
  rest.remove_prefix(end + 1);
  return text;
}

script_step parse_event(std::string_view text) {
  script_step step{script_step::kind::event, 0, {}};
  std::size_t const behind = text.find(' ');
  step.text = text.substr(0, behind);
  std::string_view rest = behind == text.npos ? std::string_view{} : text.substr(behind);
  while (true) {
    std::size_t const begin = rest.find_first_not_of(' ');
    if (begin == rest.npos) return step;
    rest.remove_prefix(begin);
    std::string name = "text";
    if (rest[0] != '"') {
      std::size_t const equals = rest.find('=');
      if (equals == rest.npos) throw script_error{"a field is NAME=VALUE: " + std::string{rest}};
      name = rest.substr(0, equals);
      rest.remove_prefix(equals + 1);
    }
    if (!rest.empty() && rest[0] == '"') {
      step.fields.push_back({name, take_quoted(rest)});
    } else {
      step.fields.push_back({name, std::string{rest.substr(0, rest.find(' '))}});
      rest.remove_prefix(step.fields.back().value.size());
    }
  }
}

script_step parse_action(std::string_view text, script_step::kind what) {
  script_step step{what, 0, {}};
  constexpr std::string_view arrow = " => ";
  if (std::size_t const at = text.rfind(arrow);
      at != text.npos && text.substr(at + arrow.size()).starts_with("local_")) {
    step.expected_error = text.substr(at + arrow.size());
    text = text.substr(0, at);
  }
  std::size_t const space = text.find(' ');
  step.text = text.substr(0, space);
  std::string_view rest = space == text.npos ? std::string_view{} : text.substr(space + 1);
  step.rest = rest.starts_with('"') ? take_quoted(rest) : std::string{rest};
  return step;
}

class script_parser {
 public:
  using option_setter = std::function<void(std::string const& name, std::string const& value)>;

  script_parser(speakers who, script_text& out, option_setter const& set)
      : peer_(1, who.peer), session_(1, who.session), out_{out}, set_{set} {}

  void line(std::string_view text) {
    ++number_;
    try {
      if (!text.empty() && text[0] != '#') read(expand(text));
    } catch (script_error const& e) {
      throw script_error{"line " + std::to_string(number_) + ": " + e.what()};
    }
  }
  void finish() {
    if (in_loop_) throw script_error{"a repeat without end"};
    if (out_.steps.empty()) throw script_error{"an empty script"};
    join_input();
  }

 private:
  void read(std::string const& text) {
    std::string_view const rest = std::string_view{text}.substr(text.size() < 3 ? text.size() : 3);
    bool const whole = text.starts_with(peer_ + ": ") || text == peer_ + ":";
    if (whole) return add({script_step::kind::input, 0, std::string{rest} + "\r\n"});
    if (text.starts_with(peer_ + "| ")) return add({script_step::kind::input, 0, unescape(rest)});
    if (text == session_ + ": -") return add({script_step::kind::silence, 0, {}});
    bool const says = text.starts_with(session_ + ": ") || text == session_ + ":";
    if (says) return add({script_step::kind::output, 0, std::string{rest} + "\r\n"});
    if (text.starts_with(session_ + "| ")) return add({script_step::kind::output, 0, unescape(rest)});
    if (text.starts_with("= ")) return add(parse_event(std::string_view{text}.substr(2)));
    if (text.starts_with("> ")) return add(parse_action(std::string_view{text}.substr(2), script_step::kind::action));
    if (text.starts_with("? ")) return add(parse_action(std::string_view{text}.substr(2), script_step::kind::check));
    if (text.starts_with("option ")) return option(text.substr(7));
    if (text.starts_with("repeat ")) return begin_loop(text.substr(7));
    if (text == "end") return end_loop();
    throw script_error{"not understood: " + text};
  }

  void option(std::string const& text) {
    if (!out_.steps.empty()) throw script_error{"options come first"};
    std::size_t const space = text.find(' ');
    set_(text.substr(0, space), space == text.npos ? "yes" : text.substr(space + 1));
  }

  /// Consecutive input is one run, which the peer sends at once.
  void join_input() {
    std::vector<script_step> joined;
    for (script_step& step : out_.steps) {
      bool const is_input = step.what == script_step::kind::input;
      if (is_input) out_.input_octets += step.text.size();
      if (is_input && !joined.empty() && joined.back().what == script_step::kind::input)
        joined.back().text += step.text;
      else
        joined.push_back(std::move(step));
    }
    out_.steps = std::move(joined);
  }

  void add(script_step step) {
    step.line = number_;
    out_.steps.push_back(std::move(step));
  }

  void begin_loop(std::string const& count) {
    if (in_loop_) throw script_error{"a repeat inside a repeat"};
    in_loop_ = true;
    loop_count_ = parse_number(count);
    loop_begin_ = out_.steps.size();
  }

  void end_loop() {
    if (!in_loop_) throw script_error{"end without repeat"};
    in_loop_ = false;
    std::vector<script_step> const body{out_.steps.begin() + static_cast<std::ptrdiff_t>(loop_begin_),
                                        out_.steps.end()};
    for (std::uint64_t i = 1; i < loop_count_; ++i) out_.steps.insert(out_.steps.end(), body.begin(), body.end());
  }

  std::string const peer_;
  std::string const session_;
  script_text& out_;
  option_setter const& set_;
  std::size_t number_ = 0;
  bool in_loop_ = false;
  std::uint64_t loop_count_ = 0;
  std::size_t loop_begin_ = 0;
};

}  // namespace

void parse_steps(std::string_view text, speakers who, script_text& out,
                 std::function<void(std::string const& name, std::string const& value)> const& set) {
  script_parser parser{who, out, set};
  while (!text.empty()) {
    std::size_t const end = text.find('\n');
    parser.line(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  parser.finish();
}

std::string read_file(std::filesystem::path const& file) {
  std::ifstream stream{file, std::ios::binary};
  if (!stream) throw script_error{"cannot be read"};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

void parse_script(std::string_view text, script& out) {
  parse_steps(text, {'C', 'S'}, out,
              [&out](std::string const& name, std::string const& value) { out.options.set(name, value); });
}

void read_script(std::filesystem::path const& file, script& out) {
  out.name = file.stem().string();
  parse_script(read_file(file), out);
}

}  // namespace ehlo_script
