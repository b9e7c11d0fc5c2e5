#include "CLuaSandbox.h"
#include "sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pieces {
    const char *text[3];
    size_t size[3];
    int next;
};

static const char *next_piece(lua_State *L, void *context, size_t *size) {
    (void)L;
    struct pieces *pieces = context;
    while (pieces->next < 3) {
        int index = pieces->next++;
        *size = pieces->size[index];
        if (*size) return pieces->text[index];
    }
    return NULL;
}

int slua_count_lines(const char *source, size_t size) {
    int lines = 1;
    for (size_t i = 0; i + 1 < size; i++) lines += source[i] == '\n';
    return lines;
}

const char *slua_split(const char *text, const char *chunk, int *line) {
    size_t size = strlen(chunk);
    if (strncmp(text, chunk, size) || text[size] != ':') return NULL;
    char *end;
    long number = strtol(text + size + 1, &end, 10);
    if (end == text + size + 1 || end[0] != ':' || end[1] != ' ') return NULL;
    *line = (int)number;
    return end + 2;
}

int slua_load(
    lua_State *L, const char *chunk, const char *source, size_t size, int is_expression) {
    struct pieces pieces = {.text = {"return (", source, "\n)"}, .size = {8, size, 2}};
    if (!is_expression) pieces.size[0] = pieces.size[2] = 0;
    lua_pushfstring(L, "=%s", chunk);
    int status = lua_load(L, next_piece, &pieces, lua_tostring(L, -1), "t");
    lua_remove(L, -2);
    if (status != LUA_ERRSYNTAX) return status;
    // The end of the text, and what we put around it, are not lines of the hook.
    int line = 1;
    const char *message = slua_split(lua_tostring(L, -1), chunk, &line);
    if (!message) message = lua_tostring(L, -1);
    int lines = slua_count_lines(source, size);
    if (line > lines) {
        if (is_expression && !strcmp(message, "unexpected symbol near ')'")) {
            message = "unexpected end of the expression";
        }
        line = lines;
    }
    lua_pushfstring(L, "%s:%d: %s", chunk, line, message);
    lua_remove(L, -2);
    return status;
}

struct check {
    const char *source;
    size_t size;
    int is_expression;
};

static int load_only(lua_State *L) {
    const struct check *check = lua_touserdata(L, 1);
    if (slua_load(L, "hook", check->source, check->size, check->is_expression) != LUA_OK) {
        return lua_error(L);
    }
    return 0;
}

int slipway_lua_check(
    const char *source, size_t size, int is_expression, int *line, char *message,
    size_t capacity) {
    struct slua_sandbox sandbox = {.memory_limit = 64 << 20};
    struct check check = {source, size, is_expression};
    *line = 1;
    const char *text = "not enough memory to read the hook";
    int status = LUA_ERRMEM;
    lua_State *L = slua_new_state(&sandbox);
    if (L) {
        lua_pushcfunction(L, load_only);
        lua_pushlightuserdata(L, &check);
        status = lua_pcall(L, 1, 0, 0);
        if (status == LUA_ERRRUN && lua_type(L, -1) == LUA_TSTRING) {
            text = lua_tostring(L, -1);
            const char *rest = slua_split(text, "hook", line);
            if (rest) text = rest;
        }
    }
    if (status != LUA_OK) snprintf(message, capacity, "%s", text);
    if (L) lua_close(L);
    return status != LUA_OK;
}
