// SPDX-License-Identifier: BSL-1.0
// Everything.
#pragma once

#include "client.hpp"
#include "server.hpp"
#include "version.hpp"
