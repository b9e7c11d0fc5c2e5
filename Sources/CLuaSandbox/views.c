#include "sandbox.h"

#include <stdlib.h>
#include <string.h>

// A view is an empty table. Its content is found in the table under `contents_key`, which only C
// can reach; its metatable carries `view_key`. Members of the content are views already.
static char contents_key, view_key;

static int view_index(lua_State *L) {
    slua_push_content(L, 1);
    lua_pushvalue(L, 2);
    lua_rawget(L, -2);
    return 1;
}

static int view_length(lua_State *L) {
    slua_push_content(L, 1);
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, -1));
    return 1;
}

static int view_refuse(lua_State *L) {
    return luaL_error(L, "%s is read-only", lua_tostring(L, lua_upvalueindex(1)));
}

void slua_push_view_metatable(lua_State *L, const char *name) {
    lua_createtable(L, 0, 4);
    lua_pushcfunction(L, view_index);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, view_length);
    lua_setfield(L, -2, "__len");
    lua_pushstring(L, name);
    lua_pushcclosure(L, view_refuse, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 1);
    lua_rawsetp(L, -2, &view_key);
}

void slua_seal(lua_State *L, int metatable) {
    metatable = lua_absindex(L, metatable);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &contents_key) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &contents_key);
    }
    lua_newtable(L);  // content, contents, view
    lua_pushvalue(L, metatable);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_pushvalue(L, -4);
    lua_rawset(L, -4);
    lua_replace(L, -3);
    lua_pop(L, 1);
}

void slua_push_content(lua_State *L, int index) {
    index = lua_absindex(L, index);
    luaL_checkstack(L, 4, "too deep");
    if (lua_getmetatable(L, index)) {
        int is_view = lua_rawgetp(L, -1, &view_key) == LUA_TBOOLEAN;
        lua_pop(L, 2);
        if (is_view) {
            lua_rawgetp(L, LUA_REGISTRYINDEX, &contents_key);
            lua_pushvalue(L, index);
            lua_rawget(L, -2);
            lua_remove(L, -2);
            return;
        }
    }
    lua_pushvalue(L, index);
}

enum rank { RANK_INTEGER, RANK_STRING, RANK_NUMBER, RANK_FALSE, RANK_TRUE, RANK_OTHER };

struct key {
    enum rank rank;
    lua_Integer position;  // where it stood before sorting
    lua_Integer integer;
    lua_Number number;
    const char *text;
    size_t size;
};

static int compare(const void *left, const void *right) {
    const struct key *a = left, *b = right;
    if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
    switch (a->rank) {
    case RANK_INTEGER: return a->integer < b->integer ? -1 : a->integer > b->integer;
    case RANK_NUMBER: return a->number < b->number ? -1 : a->number > b->number;
    case RANK_STRING: {
        int order = memcmp(a->text, b->text, a->size < b->size ? a->size : b->size);
        return order ? order : a->size < b->size ? -1 : a->size > b->size;
    }
    default: return a->position < b->position ? -1 : a->position > b->position;
    }
}

static struct key describe_key(lua_State *L, int index, lua_Integer position) {
    struct key key = {.rank = RANK_OTHER, .position = position};
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            key.rank = RANK_INTEGER;
            key.integer = lua_tointeger(L, index);
        } else {
            key.rank = RANK_NUMBER;
            key.number = lua_tonumber(L, index);
        }
        break;
    case LUA_TSTRING:
        key.rank = RANK_STRING;
        key.text = lua_tolstring(L, index, &key.size);
        break;
    case LUA_TBOOLEAN: key.rank = lua_toboolean(L, index) ? RANK_TRUE : RANK_FALSE; break;
    default: break;
    }
    return key;
}

lua_Integer slua_push_sorted_keys(lua_State *L, int table) {
    table = lua_absindex(L, table);
    luaL_checkstack(L, 8, "too deep");
    lua_newtable(L);
    int unsorted = lua_gettop(L);
    lua_Integer count = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        lua_rawseti(L, unsorted, ++count);
    }
    struct key *keys = lua_newuserdatauv(L, (size_t)(count + 1) * sizeof *keys, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, unsorted, i);
        keys[i - 1] = describe_key(L, -1, i);
        lua_pop(L, 1);
    }
    qsort(keys, (size_t)count, sizeof *keys, compare);
    lua_createtable(L, count < 1 << 20 ? (int)count : 0, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, unsorted, keys[i - 1].position);
        lua_rawseti(L, -2, i);
    }
    lua_replace(L, unsorted);
    lua_pop(L, 1);
    return count;
}
