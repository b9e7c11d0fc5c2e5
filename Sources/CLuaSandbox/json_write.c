#include "sandbox.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t slua_scalar_size(const char *at, const char *end) {
    const unsigned char *byte = (const unsigned char *)at;
    size_t left = (size_t)(end - at);
    if (left && byte[0] < 0x80) return 1;
    size_t size = byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : 2;
    if (left < size || byte[0] < 0xc2 || byte[0] > 0xf4) return 0;
    for (size_t i = 1; i < size; i++) {
        if ((byte[i] & 0xc0) != 0x80) return 0;
    }
    // Overlong forms, surrogates, and what lies beyond U+10FFFF.
    if (byte[0] == 0xe0 && byte[1] < 0xa0) return 0;
    if (byte[0] == 0xed && byte[1] > 0x9f) return 0;
    if (byte[0] == 0xf0 && byte[1] < 0x90) return 0;
    if (byte[0] == 0xf4 && byte[1] > 0x8f) return 0;
    return size;
}

int slua_append(struct slua_buffer *buffer, const void *bytes, size_t size) {
    if (size == 0) return 0;  // then `bytes` may be NULL
    if (size > buffer->limit || buffer->size > buffer->limit - size) return -1;
    if (buffer->size + size > buffer->capacity) {
        size_t capacity = (buffer->size + size) * 2;
        if (capacity < 256) capacity = 256;
        char *larger = realloc(buffer->bytes, capacity);
        if (!larger) return -1;
        buffer->bytes = larger;
        buffer->capacity = capacity;
    }
    memcpy(buffer->bytes + buffer->size, bytes, size);
    buffer->size += size;
    return 0;
}

int slua_append_string(struct slua_buffer *buffer, const char *bytes, size_t size, int strict) {
    const char *end = bytes + size;
    if (slua_append(buffer, "\"", 1) < 0) return -2;
    while (bytes < end) {
        size_t scalar = slua_scalar_size(bytes, end);
        if (!scalar && strict) return -1;
        unsigned char byte = (unsigned char)*bytes;
        char escape[8];
        int status;
        if (!scalar) {
            status = slua_append(buffer, "\xef\xbf\xbd", 3);
            scalar = 1;
        } else if (byte == '"' || byte == '\\') {
            status = slua_append(buffer, (char[]){'\\', (char)byte}, 2);
        } else if (byte < 0x20) {
            const char *common = byte == '\n' ? "\\n" : byte == '\r' ? "\\r" : "\\t";
            int is_common = byte == '\n' || byte == '\r' || byte == '\t';
            snprintf(escape, sizeof escape, "\\u%04x", byte);
            status = slua_append(buffer, is_common ? common : escape, is_common ? 2 : 6);
        } else {
            status = slua_append(buffer, bytes, scalar);
        }
        if (status < 0) return -2;
        bytes += scalar;
    }
    return slua_append(buffer, "\"", 1) < 0 ? -2 : 0;
}

int slua_append_line(struct slua_buffer *buffer, const char *bytes, size_t size) {
    if (size <= SLUA_LINE_LIMIT) return slua_append_string(buffer, bytes, size, 0);
    size = SLUA_LINE_LIMIT;
    while (size > 0 && ((unsigned char)bytes[size] & 0xc0) == 0x80) size--;
    size_t start = buffer->size;
    if (slua_append_string(buffer, bytes, size, 0) < 0) return -1;
    if (buffer->size > start) buffer->size--;  // the quote
    return slua_append(buffer, "\xe2\x80\xa6\"", 4);
}

static void refuse(lua_State *L, const char *what) {
    const char *place = slua_of(L)->place;
    if (place) luaL_error(L, "%s: %s", place, what);
    luaL_error(L, "%s", what);
}

void slua_check_name(lua_State *L, const char *name) {
    if (!strcmp(name, "$secret")) {
        refuse(L, "the name '$secret' is reserved: a hook cannot make a secret");
    }
}

static void put(lua_State *L, const char *bytes, size_t size) {
    if (slua_append(&slua_of(L)->text, bytes, size) < 0) refuse(L, "larger than 4 MiB as JSON");
}

static void put_string(lua_State *L, const char *bytes, size_t size) {
    int status = slua_append_string(&slua_of(L)->text, bytes, size, 1);
    if (status == -1) refuse(L, "a string is not valid UTF-8");
    if (status < 0) refuse(L, "larger than 4 MiB as JSON");
}

static void put_number(lua_State *L, int index) {
    char text[64];
    if (lua_isinteger(L, index)) {
        snprintf(text, sizeof text, "%" PRId64, (int64_t)lua_tointeger(L, index));
    } else {
        double value = lua_tonumber(L, index);
        if (!isfinite(value)) refuse(L, "JSON has no number that is not finite");
        // The shortest text that reads as the same number, and still as no integer.
        for (int digits = 15; digits <= 17; digits++) {
            snprintf(text, sizeof text, "%.*g", digits, value);
            if (strtod(text, NULL) == value) break;
        }
        if (!strpbrk(text, ".e")) strcat(text, ".0");
    }
    put(L, text, strlen(text));
}

// Whether all keys of a table are 1 to its length, which is not 0.
static int is_list(lua_State *L, int table) {
    lua_Integer length = (lua_Integer)lua_rawlen(L, table), count = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        lua_Integer key = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
        if (key < 1 || key > length) {
            lua_pop(L, 2);
            return 0;
        }
        count++;
    }
    return count > 0 && count == length;
}

static void put_list(lua_State *L, int content, int depth, int is_result) {
    lua_Integer count = (lua_Integer)lua_rawlen(L, content);
    put(L, "[", 1);
    for (lua_Integer i = 1; i <= count; i++) {
        if (i > 1) put(L, ",", 1);
        lua_rawgeti(L, content, i);
        slua_write_value(L, -1, depth + 1, is_result);
        lua_pop(L, 1);
    }
    put(L, "]", 1);
}

static void put_object(lua_State *L, int content, int depth, int is_result) {
    lua_Integer count = slua_push_sorted_keys(L, content);
    int keys = lua_gettop(L);
    put(L, "{", 1);
    for (lua_Integer i = 1; i <= count; i++) {
        if (i > 1) put(L, ",", 1);
        if (lua_rawgeti(L, keys, i) != LUA_TSTRING) {
            refuse(L, "a table for JSON has either names, or the positions 1 to n without gaps");
        }
        size_t size;
        const char *key = lua_tolstring(L, -1, &size);
        if (is_result) slua_check_name(L, key);
        put_string(L, key, size);
        put(L, ":", 1);
        lua_rawget(L, content);
        slua_write_value(L, -1, depth + 1, is_result);
        lua_pop(L, 1);
    }
    put(L, "}", 1);
}

static void put_table(lua_State *L, int index, int depth, int is_result) {
    if (depth >= SLUA_DEPTH_LIMIT) refuse(L, "nested deeper than 120 levels");
    luaL_checkstack(L, 12, "json");
    int top = lua_gettop(L);
    slua_push_content(L, index);
    int content = top + 1;
    lua_pushnil(L);
    int is_empty = !lua_next(L, content);
    int as_list = is_empty ? slua_is_marked_list(L, content) : (lua_pop(L, 2), is_list(L, content));
    if (as_list) {
        put_list(L, content, depth, is_result);
    } else {
        put_object(L, content, depth, is_result);
    }
    lua_settop(L, top);
}

static void put_userdata(lua_State *L, int index, int is_result) {
    size_t size;
    const char *secret = slua_secret(L, index, &size);
    if (slua_is_null(L, index)) {
        put(L, "null", 4);
    } else if (secret && is_result) {
        put(L, "{\"$secret\":", 11);
        put_string(L, secret, size);
        put(L, "}", 1);
    } else {
        refuse(L, "a secret cannot be printed");
    }
}

void slua_write_value(lua_State *L, int index, int depth, int is_result) {
    index = lua_absindex(L, index);
    size_t size;
    const char *text;
    switch (lua_type(L, index)) {
    case LUA_TNIL: put(L, "null", 4); return;
    case LUA_TBOOLEAN:
        if (lua_toboolean(L, index)) {
            put(L, "true", 4);
        } else {
            put(L, "false", 5);
        }
        return;
    case LUA_TNUMBER: put_number(L, index); return;
    case LUA_TSTRING:
        text = lua_tolstring(L, index, &size);
        put_string(L, text, size);
        return;
    case LUA_TTABLE: put_table(L, index, depth, is_result); return;
    case LUA_TUSERDATA: put_userdata(L, index, is_result); return;
    default: refuse(L, "JSON has no functions");
    }
}
