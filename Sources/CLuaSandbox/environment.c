#include "sandbox.h"

// Left out of the base library: what loads or reads code and files, what sees behind a table's
// metatable or around it (raw*, getmetatable, setmetatable, so also __gc), the collector, warn,
// and coroutines. `pairs`, `next`, `pcall` and `print` are ours.
static const char *const base_names[] = {
    "assert", "error", "ipairs", "select", "tonumber", "tostring", "type", NULL,
};

static const luaL_Reg libraries[] = {
    {"math", luaopen_math},
    {"string", luaopen_string},
    {"table", luaopen_table},
    {"utf8", luaopen_utf8},
    {NULL, NULL},
};

// Leaves the function on the stack: the generator is seeded, then nobody can seed it again.
static void seed_random(lua_State *L, int globals, lua_Integer seed) {
    lua_getfield(L, globals, "math");
    lua_getfield(L, -1, "randomseed");
    lua_pushinteger(L, seed);
    lua_pushinteger(L, 0);
    lua_call(L, 2, 0);
    lua_pushnil(L);
    lua_setfield(L, -2, "randomseed");
    lua_pop(L, 1);
}

static void open_string(lua_State *L, int globals) {
    lua_getfield(L, globals, "string");
    lua_pushnil(L);
    lua_setfield(L, -2, "dump");
    lua_getfield(L, -1, "find");
    lua_pushcclosure(L, slua_matches, 1);
    lua_setfield(L, globals, "matches");
    lua_pop(L, 1);
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
    for (const luaL_Reg *library = libraries; library->name; library++) {
        lua_pushcfunction(L, library->func);
        lua_call(L, 0, 1);
        lua_setfield(L, globals, library->name);
    }
    open_string(L, globals);
    seed_random(L, globals, seed);

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
