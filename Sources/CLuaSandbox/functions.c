#define _GNU_SOURCE
#include "sandbox.h"

#include <string.h>

// Ends the hook: nothing can catch it, since `pcall` looks at the ending.
static int end(lua_State *L, enum slua_ending ending, const char *otherwise) {
    struct slua_sandbox *sandbox = slua_of(L);
    if (lua_isnoneornil(L, 1)) {
        lua_pushstring(L, otherwise);
    } else {
        slua_push_text(L, 1);
    }
    size_t size;
    const char *text = lua_tolstring(L, -1, &size);
    sandbox->message.size = 0;
    slua_append_line(&sandbox->message, text, size);
    sandbox->ending = ending;
    return lua_error(L);
}

static int fail(lua_State *L) { return end(L, SLUA_FAILED, "failed"); }

static int skip(lua_State *L) { return end(L, SLUA_SKIPPED, "skipped"); }

static int log_line(lua_State *L) {
    struct slua_sandbox *sandbox = slua_of(L);
    int count = lua_gettop(L);
    for (int i = 1; i <= count; i++) {
        slua_push_text(L, i);
        lua_replace(L, i);
    }
    luaL_Buffer line;
    luaL_buffinit(L, &line);
    for (int i = 1; i <= count; i++) {
        if (i > 1) luaL_addchar(&line, ' ');
        lua_pushvalue(L, i);
        luaL_addvalue(&line);
    }
    luaL_pushresult(&line);
    if (sandbox->log_lines >= SLUA_LOG_LINES) {
        sandbox->log_dropped++;
        return 0;
    }
    size_t size;
    const char *text = lua_tolstring(L, -1, &size);
    if (sandbox->log_lines++) slua_append(&sandbox->log, ",", 1);
    slua_append_line(&sandbox->log, text, size);
    return 0;
}

// As in the base library, but an ending stays one, and so does a memory that is full.
static int call_protected(lua_State *L) {
    struct slua_sandbox *sandbox = slua_of(L);
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    int status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0);
    if (status == LUA_ERRMEM) sandbox->ending = SLUA_MEMORY;
    if (sandbox->ending != SLUA_RUNNING) return lua_error(L);
    if (status != LUA_OK) {
        lua_pushboolean(L, 0);
        lua_replace(L, 1);
    }
    return lua_gettop(L);
}

static int next_member(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    slua_push_content(L, 1);
    lua_insert(L, 2);
    if (lua_next(L, 2)) return 2;
    lua_pushnil(L);
    return 1;
}

// Upvalues: the content, its keys, how many were given, how many there are.
static int next_of_pairs(lua_State *L) {
    lua_Integer given = lua_tointeger(L, lua_upvalueindex(3));
    lua_Integer count = lua_tointeger(L, lua_upvalueindex(4));
    lua_settop(L, 0);
    while (given < count) {
        lua_rawgeti(L, lua_upvalueindex(2), ++given);
        lua_pushvalue(L, 1);
        if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) break;
        lua_settop(L, 0);  // removed since
    }
    lua_pushinteger(L, given);
    lua_replace(L, lua_upvalueindex(3));
    if (lua_gettop(L)) return 2;
    lua_pushnil(L);
    return 1;
}

// Goes through a table in the order of its keys, so that equal hooks do equal things: Lua's own
// order depends on addresses.
static int pairs_in_order(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    slua_push_content(L, 1);
    lua_Integer count = slua_push_sorted_keys(L, -1);
    lua_pushinteger(L, 0);
    lua_pushinteger(L, count);
    lua_pushcclosure(L, next_of_pairs, 4);
    return 1;
}

static int contains(lua_State *L) {
    luaL_checkany(L, 2);
    if (lua_type(L, 1) == LUA_TSTRING) {
        size_t size, part_size;
        const char *text = lua_tolstring(L, 1, &size);
        const char *part = luaL_checklstring(L, 2, &part_size);
        lua_pushboolean(L, memmem(text, size, part, part_size) != NULL);
        return 1;
    }
    if (lua_type(L, 1) != LUA_TTABLE) return luaL_typeerror(L, 1, "list or string");
    slua_push_content(L, 1);
    lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
    int found = 0;
    for (lua_Integer i = 1; i <= count && !found; i++) {
        lua_rawgeti(L, -1, i);
        found = lua_rawequal(L, -1, 2);
        lua_pop(L, 1);
    }
    lua_pushboolean(L, found);
    return 1;
}

int slua_matches(lua_State *L) {
    luaL_checkstring(L, 1);
    luaL_checkstring(L, 2);
    lua_settop(L, 2);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    lua_pushboolean(L, lua_toboolean(L, -1));
    return 1;
}

static int json_encode(lua_State *L) {
    luaL_checkany(L, 1);
    struct slua_buffer *text = &slua_of(L)->text;
    text->size = 0;
    slua_write_value(L, 1, 0, 0);
    lua_pushlstring(L, text->bytes, text->size);
    return 1;
}

static int json_decode(lua_State *L) {
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);
    struct slua_reader reader = {.L = L, .start = text, .at = text, .end = text + size};
    slua_read_value(&reader, 1);
    slua_take(&reader, ' ');
    if (reader.at != reader.end) {
        return luaL_error(L, "json: byte %d: expected the end", (int)(reader.at - text));
    }
    return 1;
}

const luaL_Reg slua_functions[] = {
    {"contains", contains}, {"fail", fail},           {"log", log_line},
    {"next", next_member},  {"pairs", pairs_in_order}, {"pcall", call_protected},
    {"print", log_line},    {"skip", skip},           {NULL, NULL},
};

const luaL_Reg slua_json_functions[] = {
    {"decode", json_decode},
    {"encode", json_encode},
    {NULL, NULL},
};
