#include "sandbox.h"

#include <string.h>

static const char secret_type[] = "secret";
static char null_key, list_key;

static int refuse_secret(lua_State *L) {
    return luaL_error(L, "a secret cannot be printed");
}

static int null_text(lua_State *L) {
    lua_pushliteral(L, "null");
    return 1;
}

void slua_open_values(lua_State *L) {
    luaL_newmetatable(L, secret_type);
    lua_pushcfunction(L, refuse_secret);
    lua_setfield(L, -2, "__tostring");
    lua_pushcfunction(L, refuse_secret);
    lua_setfield(L, -2, "__concat");
    lua_pop(L, 1);

    lua_newuserdatauv(L, 0, 0);
    lua_createtable(L, 0, 2);
    lua_pushliteral(L, "json.null");
    lua_setfield(L, -2, "__name");
    lua_pushcfunction(L, null_text);
    lua_setfield(L, -2, "__tostring");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &null_key);

    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &list_key);
}

void slua_push_null(lua_State *L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &null_key); }

int slua_is_null(lua_State *L, int index) {
    index = lua_absindex(L, index);
    slua_push_null(L);
    int result = lua_rawequal(L, index, -1);
    lua_pop(L, 1);
    return result;
}

void slua_push_secret(lua_State *L, const char *name, size_t size) {
    // Never empty, so that the address is one.
    char *content = lua_newuserdatauv(L, size + 1, 0);
    memcpy(content, name, size);
    content[size] = 0;
    luaL_setmetatable(L, secret_type);
}

const char *slua_secret(lua_State *L, int index, size_t *size) {
    const char *content = luaL_testudata(L, index, secret_type);
    if (content) *size = (size_t)lua_rawlen(L, index) - 1;
    return content;
}

void slua_mark_list(lua_State *L, int index) {
    index = lua_absindex(L, index);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &list_key);
    lua_setmetatable(L, index);
}

int slua_is_marked_list(lua_State *L, int index) {
    if (!lua_getmetatable(L, index)) return 0;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &list_key);
    int result = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return result;
}
