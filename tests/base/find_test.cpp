// SPDX-License-Identifier: BSL-1.0
// The wide and the plain versions against the obvious one, at every alignment and length, in memory that ends with the
// text (an over-read is the address sanitizer's to find).
#include "ehlo/base/find.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>

namespace {

/// `size` octets that begin `shift` octets behind an aligned address and end where their memory ends.
class octets_at {
 public:
  octets_at(std::size_t shift, std::size_t size, char filler)
      : memory_(new char[shift + size]), begin_(memory_.get() + shift), size_(size) {
    std::fill_n(memory_.get(), shift, '\n');  // what lies in front is not part of the text
    std::fill_n(begin_, size, filler);
  }
  char& operator[](std::size_t i) { return begin_[i]; }
  [[nodiscard]] std::string_view view() const { return {begin_, size_}; }

 private:
  std::unique_ptr<char[]> memory_;
  char* begin_;
  std::size_t size_;
};

std::size_t obvious_first(std::string_view text) {
  std::size_t const at = text.find('\n');
  return at == std::string_view::npos ? text.size() : at;
}

std::size_t obvious_behind_last(std::string_view text) {
  std::size_t const at = text.rfind('\n');
  return at == std::string_view::npos ? text.size() : text.size() - at - 1;
}

#define SAME(text)                                                                   \
  ASSERT_EQ(ehlo::find_lf(text), obvious_first(text)) << (text).size();              \
  ASSERT_EQ(ehlo::plain::find_lf(text), obvious_first(text)) << (text).size();       \
  ASSERT_EQ(ehlo::behind_last_lf(text), obvious_behind_last(text)) << (text).size(); \
  ASSERT_EQ(ehlo::plain::behind_last_lf(text), obvious_behind_last(text)) << (text).size()

TEST(Find, EveryPlaceAtEveryAlignmentAndLength) {
  // The neighbours of LF by value, and LF with its top bit set, are what careless bit tricks take for one.
  for (char const filler : {'x', '\x0b', '\x09', '\x8a', '\0'})
    for (std::size_t shift = 0; shift != 32; ++shift)
      for (std::size_t size = 0; size <= 100; ++size) {
        octets_at text(shift, size, filler);
        SAME(text.view());
        for (std::size_t at = 0; at != size; ++at) {
          text[at] = '\n';
          SAME(text.view());
          text[at] = filler;
        }
      }
}

TEST(Find, PairsAndLongTexts) {
  for (std::size_t const size : {std::size_t{1}, std::size_t{33}, std::size_t{130}})
    for (std::size_t first = 0; first != size; ++first)
      for (std::size_t second = first; second != size; ++second) {
        octets_at text(3, size, '\x0b');
        text[first] = text[second] = '\n';
        SAME(text.view());
      }
  for (std::size_t const size : {std::size_t{1000}, std::size_t{4096}, std::size_t{4097}})
    for (std::size_t const at : {size - 1, size - 2, size - 33, size / 2, std::size_t{0}}) {
      octets_at text(1, size, 'x');
      SAME(text.view());
      text[at] = '\n';
      SAME(text.view());
    }
}

std::size_t obvious_uneven(std::string_view text) {
  for (std::size_t i = 0; i != text.size(); ++i)
    if (text[i] == '\t' || text.substr(i, 2) == "  " || text.substr(i, 2) == " \t" || text.substr(i, 2) == " \r")
      return i;
  return text.size();
}

void same_uneven(std::string_view text) {
  ASSERT_EQ(ehlo::find_uneven_space(text), obvious_uneven(text)) << text.size();
  ASSERT_EQ(ehlo::plain::find_uneven_space(text), obvious_uneven(text)) << text.size();
}

TEST(FindUnevenSpace, EveryPairAtEveryPlaceAndLength) {
  for (char const filler : {'x', ' '})
    for (std::size_t const size : {0U, 1U, 2U, 8U, 9U, 16U, 17U, 18U, 32U, 33U, 34U, 50U, 65U}) {
      octets_at text(size % 32, size, 'x');
      if (filler == ' ')
        for (std::size_t i = 0; i < size; i += 2) text[i] = ' ';  // words of one letter
      same_uneven(text.view());
      for (std::size_t at = 0; at < size; ++at)
        for (std::string_view const pair : {"\t", "  ", " \t", " \r", " \n", "\r ", " x"}) {
          if (at + pair.size() > size) continue;
          char const second = text[at + pair.size() - 1];
          char const first = text[at];
          text[at] = pair.front();
          text[at + pair.size() - 1] = pair.back();
          same_uneven(text.view());
          text[at] = first;
          text[at + pair.size() - 1] = second;
        }
    }
}

TEST(FindUnevenSpace, RandomTexts) {
  std::mt19937 random{3};
  constexpr std::string_view octets = "aaaaaaaa \t\r\n\xa0\x89\x8d!";
  for (int round = 0; round != 5000; ++round) {
    octets_at text(random() % 32, random() % 90, 'x');
    std::size_t const kinds = round % 2 == 0 ? octets.size() : 9;
    std::size_t const size = text.view().size();
    for (std::size_t i = 0; i != size; ++i) text[i] = octets[random() % kinds];
    same_uneven(text.view());
  }
}

void same_masks(ehlo::block_masks const& masks, std::string_view block) {
  for (std::size_t i = 0; i != 64; ++i) {
    ASSERT_EQ(masks.cr >> i & 1, std::uint64_t{block[i] == '\r'}) << i;
    ASSERT_EQ(masks.lf >> i & 1, std::uint64_t{block[i] == '\n'}) << i;
    ASSERT_EQ(masks.dot >> i & 1, std::uint64_t{block[i] == '.'}) << i;
    ASSERT_EQ(masks.nul >> i & 1, std::uint64_t{block[i] == '\0'}) << i;
    ASSERT_EQ(masks.high >> i & 1, std::uint64_t{(block[i] & 0x80) != 0}) << i;
  }
}

TEST(ClassifyBlock, EveryOctetAtEveryPlace) {
  for (std::size_t shift = 0; shift != 32; ++shift)
    for (std::size_t at = 0; at != 64; ++at)
      for (int value = 0; value != 256; ++value) {
        octets_at block(shift, 64, 'x');
        block[at] = static_cast<char>(value);
        auto const wide = ehlo::classify_block(block.view().data());
        auto const plain = ehlo::plain::classify_block(block.view().data());
        std::uint64_t const bit = std::uint64_t{1} << at;
        ASSERT_EQ(wide.cr, value == '\r' ? bit : 0);
        ASSERT_EQ(wide.lf, value == '\n' ? bit : 0);
        ASSERT_EQ(wide.dot, value == '.' ? bit : 0);
        ASSERT_EQ(wide.nul, value == 0 ? bit : 0);
        ASSERT_EQ(wide.high, value > 127 ? bit : 0);
        ASSERT_TRUE(wide.cr == plain.cr && wide.lf == plain.lf && wide.dot == plain.dot && wide.nul == plain.nul &&
                    wide.high == plain.high);
      }
}

TEST(ClassifyBlock, RandomBlocks) {
  std::mt19937 random{64};
  constexpr std::string_view octets{"\r\n.\0x\x80\x8d\x8a\xae\xff\x0b\x0c\x0e\x2f\x01", 15};
  for (int round = 0; round != 5000; ++round) {
    octets_at block(random() % 32, 64, 'x');
    for (std::size_t i = 0; i != 64; ++i) block[i] = octets[random() % octets.size()];
    same_masks(ehlo::classify_block(block.view().data()), block.view());
    same_masks(ehlo::plain::classify_block(block.view().data()), block.view());
  }
}

}  // namespace
