// Evaluates small, hostile Lua texts. Everything of Lua, and every longjmp, stays behind this.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum {
    /// The largest request that a worker reads.
    SLIPWAY_LUA_REQUEST_LIMIT = 16 << 20,
    /// The largest answer that a worker gives: a value of 4 MiB, and its log.
    SLIPWAY_LUA_ANSWER_LIMIT = 8 << 20,
};

/// Parses a text and runs nothing: 0 when it is Lua, 1 with a line (from 1) and a message in
/// UTF-8 when it is not. An expression is what may stand between parentheses.
int slipway_lua_check(
    const char *source, size_t size, int is_expression, int *line, char *message,
    size_t capacity);

/// Serves requests until `input` ends; gives the exit code of the process.
///
/// A frame is a length of four bytes, highest first, and JSON. The worker begins with an empty
/// frame: it is ready. A request is the list
/// `[milliseconds, bytes, seed, name, isExpression, source, writableName, writable, readOnly]`;
/// an answer the object `{outcome, value | message, log}`, where the outcome is one of `passed`,
/// `failed`, `skipped`, `time`, `memory`. The process first gives up what it does not need: files,
/// programs, sockets. A request that overruns its time by a second ends the process (SIGALRM).
int slipway_lua_serve(int input, int output);
