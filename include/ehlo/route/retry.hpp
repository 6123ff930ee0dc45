// SPDX-License-Identifier: BSL-1.0
// When to try again: the figures of RFC 5321 4.5.4.1. The queue and its schedule are the host's.
#pragma once

#include "../base/instant.hpp"

namespace ehlo::inline v0::route {

inline constexpr milliseconds one_hour = 60 * one_minute;
inline constexpr milliseconds one_day = 24 * one_hour;

/// "In general, the retry interval SHOULD be at least 30 minutes".
inline constexpr milliseconds least_retry_interval = 30 * one_minute;
/// "two connection attempts in the first hour the message is in the queue, and then backing off to one every two or
/// three hours".
inline constexpr int attempts_in_first_hour = 2;
inline constexpr milliseconds later_retry_interval = 2 * one_hour;
inline constexpr milliseconds longest_retry_interval = 3 * one_hour;
/// "the give-up time generally needs to be at least 4-5 days"; it may be shorter for notices of non-delivery.
inline constexpr milliseconds least_give_up_time = 4 * one_day;
inline constexpr milliseconds give_up_time = 5 * one_day;

/// 5.1: "In any case, the SMTP client SHOULD try at least two addresses."
inline constexpr int least_addresses_tried = 2;

}  // namespace ehlo::inline v0::route
