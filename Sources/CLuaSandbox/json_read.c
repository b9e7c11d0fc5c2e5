#include "sandbox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void refuse(struct slua_reader *reader, const char *expected) {
    luaL_error(
        reader->L, "json: byte %d: expected %s", (int)(reader->at - reader->start), expected);
}

static void skip_blanks(struct slua_reader *reader) {
    while (*reader->at && strchr(" \n\r\t", *reader->at)) reader->at++;
}

int slua_take(struct slua_reader *reader, char byte) {
    skip_blanks(reader);
    if (reader->at >= reader->end || *reader->at != byte) return 0;
    reader->at++;
    return 1;
}

void slua_expect(struct slua_reader *reader, char byte) {
    char expected[] = {'\'', byte, '\'', 0};
    if (!slua_take(reader, byte)) refuse(reader, expected);
}

static unsigned read_hex(struct slua_reader *reader) {
    unsigned code = 0;
    for (int i = 0; i < 4; i++, reader->at++) {
        char byte = *reader->at;
        unsigned digit = 16;
        if (byte >= '0' && byte <= '9') digit = (unsigned)(byte - '0');
        if (byte >= 'a' && byte <= 'f') digit = (unsigned)(byte - 'a') + 10;
        if (byte >= 'A' && byte <= 'F') digit = (unsigned)(byte - 'A') + 10;
        if (digit == 16) refuse(reader, "four hexadecimal digits");
        code = code << 4 | digit;
    }
    return code;
}

// Writes what an escape stands for; never more bytes than it has itself.
static size_t read_escape(struct slua_reader *reader, char *out) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    char name = reader->at[1];
    const char *found = name ? strchr(names, name) : NULL;
    if (found) {
        reader->at += 2;
        out[0] = values[found - names];
        return 1;
    }
    if (name != 'u') refuse(reader, "an escape");
    reader->at += 2;
    unsigned code = read_hex(reader);
    if (code >= 0xd800 && code < 0xdc00 && reader->at[0] == '\\' && reader->at[1] == 'u') {
        reader->at += 2;
        unsigned low = read_hex(reader);
        if (low < 0xdc00 || low > 0xdfff) refuse(reader, "a low surrogate");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xd800 && code < 0xe000) {
        refuse(reader, "no lone surrogate");
    }
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, code >>= 6) out[i] = (char)(0x80 | (code & 0x3f));
    static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(marks[size] | code);
    return size;
}

static void read_string(struct slua_reader *reader) {
    const char *close = ++reader->at;
    while (close < reader->end && *close != '"') close += *close == '\\' ? 2 : 1;
    if (close >= reader->end) {
        reader->at = reader->end;
        refuse(reader, "a closing quote");
    }
    luaL_Buffer buffer;
    char *out = luaL_buffinitsize(reader->L, &buffer, (size_t)(close - reader->at));
    size_t size = 0;
    while (reader->at < close) {
        if (*reader->at == '\\') {
            size += read_escape(reader, out + size);
            continue;
        }
        size_t scalar = slua_scalar_size(reader->at, close);
        if (!scalar) refuse(reader, "valid UTF-8");
        if ((unsigned char)*reader->at < 0x20) refuse(reader, "control characters escaped");
        memcpy(out + size, reader->at, scalar);
        reader->at += scalar;
        size += scalar;
    }
    luaL_pushresultsize(&buffer, size);
    reader->at = close + 1;
}

void slua_read_key(struct slua_reader *reader) {
    skip_blanks(reader);
    if (*reader->at != '"') refuse(reader, "a string");
    read_string(reader);
}

static int skip_digits(struct slua_reader *reader) {
    const char *first = reader->at;
    while (*reader->at >= '0' && *reader->at <= '9') reader->at++;
    return (int)(reader->at - first);
}

// Pushes an integer and gives 1, unless it needs more than 64 bits.
static int push_integer(lua_State *L, const char *text, const char *end) {
    int negative = *text == '-';
    uint64_t limit = (uint64_t)INT64_MAX + (uint64_t)negative, value = 0;
    for (text += negative; text < end; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (value > (limit - digit) / 10) return 0;
        value = value * 10 + digit;
    }
    lua_pushinteger(L, (lua_Integer)(negative ? 0 - value : value));
    return 1;
}

static void read_number(struct slua_reader *reader) {
    const char *first = reader->at;
    int is_integer = 1;
    if (*reader->at == '-') reader->at++;
    const char *digits = reader->at;
    if (!skip_digits(reader)) refuse(reader, "a value");
    if (*digits == '0' && reader->at - digits > 1) refuse(reader, "no leading zeros");
    if (*reader->at == '.') {
        is_integer = 0;
        reader->at++;
        if (!skip_digits(reader)) refuse(reader, "a digit");
    }
    if (*reader->at == 'e' || *reader->at == 'E') {
        is_integer = 0;
        reader->at++;
        if (*reader->at == '+' || *reader->at == '-') reader->at++;
        if (!skip_digits(reader)) refuse(reader, "a digit");
    }
    if (is_integer && push_integer(reader->L, first, reader->at)) return;
    double value = strtod(first, NULL);
    if (!isfinite(value)) refuse(reader, "a number that a double can hold");
    lua_pushnumber(reader->L, value);
}

static void enter(struct slua_reader *reader) {
    if (++reader->depth > SLUA_DEPTH_LIMIT) {
        luaL_error(reader->L, "json: nested deeper than %d levels", SLUA_DEPTH_LIMIT);
    }
    luaL_checkstack(reader->L, 12, "json");
    reader->at++;
    lua_newtable(reader->L);
}

static void leave(struct slua_reader *reader) {
    reader->depth--;
    if (reader->view_metatable) slua_seal(reader->L, reader->view_metatable);
}

static void read_list(struct slua_reader *reader) {
    enter(reader);
    slua_mark_list(reader->L, -1);
    lua_Integer count = 0;
    if (!slua_take(reader, ']')) {
        do {
            slua_read_value(reader, 1);
            lua_rawseti(reader->L, -2, ++count);
        } while (slua_take(reader, ','));
        slua_expect(reader, ']');
    }
    leave(reader);
}

static void read_object(struct slua_reader *reader) {
    lua_State *L = reader->L;
    enter(reader);
    int count = 0;
    if (!slua_take(reader, '}')) {
        do {
            slua_read_key(reader);
            slua_expect(reader, ':');
            slua_read_value(reader, 0);
            lua_rawset(L, -3);
            count++;
        } while (slua_take(reader, ','));
        slua_expect(reader, '}');
    }
    if (reader->makes_secrets && count == 1) {
        size_t size;
        int is_secret = lua_getfield(L, -1, "$secret") == LUA_TSTRING;
        const char *name = is_secret ? lua_tolstring(L, -1, &size) : NULL;
        if (name) {
            slua_push_secret(L, name, size);
            lua_replace(L, -3);
            lua_pop(L, 1);
            reader->depth--;
            return;
        }
        lua_pop(L, 1);
    }
    leave(reader);
}

static int take_word(struct slua_reader *reader, const char *word) {
    size_t size = strlen(word);
    if (strncmp(reader->at, word, size)) return 0;
    reader->at += size;
    return 1;
}

void slua_read_value(struct slua_reader *reader, int in_list) {
    skip_blanks(reader);
    switch (*reader->at) {
    case '{': read_object(reader); return;
    case '[': read_list(reader); return;
    case '"': read_string(reader); return;
    default: break;
    }
    if (take_word(reader, "true")) {
        lua_pushboolean(reader->L, 1);
    } else if (take_word(reader, "false")) {
        lua_pushboolean(reader->L, 0);
    } else if (!take_word(reader, "null")) {
        read_number(reader);
    } else if (in_list) {
        slua_push_null(reader->L);
    } else {
        lua_pushnil(reader->L);
    }
}
