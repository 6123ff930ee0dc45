// SPDX-License-Identifier: BSL-1.0
// Any octets, any limit, any cuts: the same PROXY header as from the whole, or the same error at the same octet;
// nothing behind the header is taken, and what was read can be written and read again.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "../tests/wire/reference_proxy.hpp"
#include "check.hpp"
#include "ehlo/wire/proxy_reader.hpp"
#include "ehlo/wire/proxy_writer.hpp"

namespace {

using ehlo::errc;
using ehlo::proxy_reader;
using fuzz::check;
using status = proxy_reader::status;

constexpr std::size_t head = 4;

/// Without its checksum, which a writer puts in another place.
std::string say(ehlo::proxy_header const& header) {
  std::string said = reference::say(header);
  for (ehlo::proxy_tlv const one : header.tlvs)
    if (one.type == ehlo::proxy_tlv_type::crc32c) {
      std::string const sum = " 03=" + reference::printable(one.value);
      said.erase(said.find(sum), sum.size());
    }
  return said;
}

std::string write(ehlo::proxy_header const& header, bool checksum) {
  std::string room(header.tlvs.octets().size() + 300, '#');
  ehlo::text_writer out{room};
  if (!ehlo::write_proxy_header(out, header, checksum)) return {};
  return std::string(out.written());
}

/// Version 1 in its canonical form, version 2 with and without a checksum.
void write_and_read_again(ehlo::proxy_header const& header) {
  for (bool const checksum : {false, true}) {
    std::string const text = write(header, checksum);
    bool const fits = header.tlvs.octets().size() <= 60'000;
    check(!text.empty() || !fits);
    if (text.empty()) continue;
    ehlo::proxy_header again;
    check((header.version == 1 ? ehlo::parse_proxy_text(text, again) : ehlo::parse_proxy_binary(text, again)) ==
          errc::ok);
    check(say(again) == say(header));
    check(again.is_local || header.version == 1 || again.tlvs.has(ehlo::proxy_tlv_type::crc32c) == checksum);
    check(write(again, checksum) == text);
  }
}

struct outcome {
  status what = status::need_input;
  errc error = errc::ok;
  std::string said;
  std::size_t used = 0;

  friend bool operator==(outcome const&, outcome const&) = default;
};

/// Pieces of a size that `next` names, each at an address of its own.
template <class F>
outcome read(std::string_view text, std::size_t limit, std::size_t storage_size, F next) {
  proxy_reader reader;
  std::unique_ptr<char[]> const storage(new char[storage_size]);
  outcome all;
  for (std::size_t offered = 0; offered != text.size();) {
    std::size_t size = next();
    if (size > text.size() - offered) size = text.size() - offered;
    std::unique_ptr<char[]> const piece(new char[size]);
    text.copy(piece.get(), size, offered);
    std::string_view in{piece.get(), size};
    proxy_reader::result const now = reader.read(in, {storage.get(), storage_size}, limit);
    check(in.data() + in.size() == piece.get() + size);
    offered += size;
    all.used = offered - in.size();
    if (now.what == status::need_input) {
      check(in.empty() && reader.partial() && all.used <= limit);
      continue;
    }
    check(!reader.partial());
    all.what = now.what;
    all.error = now.error;
    if (now.what == status::error) {
      check(now.error == errc::peer_proxy_header || now.error == errc::peer_proxy_too_long);
      check(reader.read(in, {storage.get(), storage_size}, limit).error == now.error);
      return all;
    }
    check(now.error == errc::ok && all.used <= limit);
    all.said = reference::say(now.header);
    write_and_read_again(now.header);
    return all;
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < head) return 0;
  std::size_t const limit = data[0] == 0xFF ? 0x10010U : data[0] * 4U;
  std::size_t const storage = data[1] == 0xFF ? 0x10010U : data[1] * 4U;
  std::uint32_t cuts = data[2] | static_cast<std::uint32_t>(data[3]) << 8;
  std::string_view const text{reinterpret_cast<char const*>(data) + head, size - head};

  outcome const whole = read(text, limit, storage, [&] { return text.size(); });
  check(read(text, limit, storage, [] { return std::size_t{1}; }) == whole);
  outcome const pieces = read(text, limit, storage, [&] {
    cuts = cuts * 1664525U + 1013904223U;
    return std::size_t{1 + (cuts >> 16) % ((cuts >> 30) == 0 ? 2U : (cuts >> 30) == 1 ? 20U : 300U)};
  });
  check(pieces == whole);
  if (whole.what != status::done) return 0;

  // The header alone, with nothing behind it, is the same; without its last octet it is not whole.
  check(read(text.substr(0, whole.used), limit, storage, [&] { return whole.used; }) == whole);
  outcome const cut_off = read(text.substr(0, whole.used - 1), limit, storage, [&] { return whole.used; });
  check(cut_off.what == status::need_input && cut_off.used == whole.used - 1);
  return 0;
}
