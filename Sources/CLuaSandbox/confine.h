// The worker gives up what it does not need.
#pragma once

/// Forbids this process, for good, to gain rights, dump its memory, open files, make sockets or
/// start programs. Where the kernel cannot, the allow-list of Lua still stands.
void slua_confine(void);
