// Addresses of network devices. All return -1 with errno set when they fail.
#pragma once

#include <stdint.h>

/// The IPv4 addresses of this machine's devices, in host byte order, loopback included. Fills in at
/// most `limit` of them and returns how many there are.
int slipway_own_addresses(uint32_t *addresses, int limit);

/// Turns IPv6 off on a device of a network namespace, and on all that it gets from then on; its
/// loopback device keeps it. Returns 0, also where the kernel has no IPv6.
int slipway_turn_off_ipv6(const char *namespace_path, const char *device);
