#include "sandbox.h"

#include <stdio.h>
#include <string.h>

// Left out of the base library: what loads or reads code and files, what sees behind a table's
// metatable or around it (raw*, getmetatable, setmetatable, so also __gc), the collector, warn,
// and coroutines. `pairs`, `next`, `pcall` and `print` are ours.
static const char *const base_names[] = {
    "assert", "error", "ipairs", "select", "tonumber", "tostring", "type", NULL,
};

// Each name stands between blanks. Left out: `string.dump`, `math.randomseed`, and what only some
// builds of Lua have.
static const struct library {
    const char *name;
    lua_CFunction open;
    const char *members;
} libraries[] = {
    {"math", luaopen_math,
     " abs acos asin atan ceil cos deg exp floor fmod huge log max maxinteger min mininteger modf"
     " pi rad random sin sqrt tan tointeger type ult "},
    {"string", luaopen_string,
     " byte char find format gmatch gsub len lower match pack packsize rep reverse sub unpack"
     " upper "},
    {"table", luaopen_table, " concat insert move pack remove sort unpack "},
    {"utf8", luaopen_utf8, " char charpattern codepoint codes len offset "},
};

// The generator is seeded here; nobody can seed it again.
static void seed_random(lua_State *L, int math, lua_Integer seed) {
    if (lua_getfield(L, math, "randomseed") == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    lua_pushinteger(L, seed);
    lua_pushinteger(L, 0);
    lua_call(L, 2, 0);
}

static int is_member(const char *members, const char *name) {
    char word[32];
    int size = snprintf(word, sizeof word, " %s ", name);
    return size < (int)sizeof word && strstr(members, word) != NULL;
}

// Pushes a library without what is not allowed. Strings find their methods in the same table.
static void push_library(lua_State *L, const struct library *library, lua_Integer seed) {
    lua_pushcfunction(L, library->open);
    lua_call(L, 0, 1);
    int table = lua_gettop(L);
    seed_random(L, table, seed);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        if (is_member(library->members, lua_tostring(L, -2))) continue;
        lua_pushvalue(L, -2);
        lua_pushnil(L);
        lua_rawset(L, table);
    }
}

void slua_open(lua_State *L, lua_Integer seed) {
    slua_open_values(L);
    lua_newtable(L);
    int globals = lua_gettop(L);
    // The library fills the first table of globals, which nobody sees afterwards.
    lua_pushcfunction(L, luaopen_base);
    lua_call(L, 0, 1);
    for (const char *const *name = base_names; *name; name++) {
        lua_getfield(L, -1, *name);
        lua_setfield(L, globals, *name);
    }
    lua_pop(L, 1);
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        push_library(L, &libraries[i], seed);
        lua_setfield(L, globals, libraries[i].name);
    }
    lua_getfield(L, globals, "string");
    lua_getfield(L, -1, "find");
    lua_pushcclosure(L, slua_matches, 1);
    lua_setfield(L, globals, "matches");
    lua_pop(L, 1);

    lua_pushvalue(L, globals);
    luaL_setfuncs(L, slua_functions, 0);
    lua_newtable(L);
    luaL_setfuncs(L, slua_json_functions, 0);
    slua_push_null(L);
    lua_setfield(L, -2, "null");
    lua_setfield(L, globals, "json");
    lua_setfield(L, globals, "_G");
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

void slua_push_text(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TTABLE) {
        luaL_tolstring(L, index, NULL);
        return;
    }
    struct slua_buffer *text = &slua_of(L)->text;
    text->size = 0;
    slua_write_value(L, index, 0, 0);
    lua_pushlstring(L, text->bytes, text->size);
}
