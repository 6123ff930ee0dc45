// SPDX-License-Identifier: BSL-1.0
// The library's names for people: `refused_for_now` is "refused for now".
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "ehlo/model/tolerance.hpp"

inline std::string in_words(std::string_view name) {
  std::string words{name};
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

inline std::string in_words(ehlo::tolerance set) {
  std::string words;
  for (std::size_t i = 0; i != ehlo::tolerance_names.size(); ++i)
    if (any(set & static_cast<ehlo::tolerance>(1U << i)))
      words.append(words.empty() ? "" : ", ").append(in_words(ehlo::tolerance_names[i]));
  return words;
}
