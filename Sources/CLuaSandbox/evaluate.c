#include "CLuaSandbox.h"
#include "sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char limit_reached[] = "limit";

// Everything of one request, while it is evaluated.
struct evaluation {
    struct slua_sandbox sandbox;
    const char *request;
    size_t size;
    void (*arm)(unsigned);
};

static void check_time(lua_State *L, lua_Debug *activation) {
    (void)activation;
    struct slua_sandbox *sandbox = slua_of(L);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const struct timespec *end = &sandbox->deadline;
    if (now.tv_sec < end->tv_sec) return;
    if (now.tv_sec == end->tv_sec && now.tv_nsec < end->tv_nsec) return;
    sandbox->ending = SLUA_TIME;
    lua_pushstring(L, limit_reached);
    lua_error(L);
}

// The message handler: makes `NAME:LINE: message` of whatever was raised.
static int describe(lua_State *L) {
    struct slua_sandbox *sandbox = slua_of(L);
    if (sandbox->ending != SLUA_RUNNING) return 1;
    size_t size;
    if (slua_secret(L, 1, &size)) {
        lua_pushliteral(L, "a secret cannot be printed");
    } else if (lua_type(L, 1) == LUA_TSTRING || lua_type(L, 1) == LUA_TNUMBER) {
        lua_pushvalue(L, 1);
    } else {
        lua_pushfstring(L, "the error value is a %s, not a text", luaL_typename(L, 1));
    }
    const char *text = lua_tostring(L, -1);
    int line = 0;
    const char *message = slua_split(text, sandbox->chunk, &line);
    lua_Debug activation;
    for (int level = 0; !message && line < 1 && lua_getstack(L, level, &activation); level++) {
        lua_getinfo(L, "l", &activation);
        line = activation.currentline;
    }
    if (!message) message = text;
    // Lua blames the end of an expression on the line of the parenthesis that we put after it.
    if (line > sandbox->lines) line = sandbox->lines;
    if (line > 0) {
        lua_pushfstring(L, "%s:%d: %s", sandbox->name, line, message);
    } else {
        lua_pushfstring(L, "%s: %s", sandbox->name, message);
    }
    return 1;
}

static lua_Integer read_integer(struct slua_reader *reader) {
    slua_read_value(reader, 0);
    lua_Integer value = luaL_checkinteger(reader->L, -1);
    lua_pop(reader->L, 1);
    slua_expect(reader, ',');
    return value;
}

static void set_deadline(struct slua_sandbox *sandbox, lua_Integer milliseconds) {
    clock_gettime(CLOCK_MONOTONIC, &sandbox->deadline);
    sandbox->deadline.tv_sec += milliseconds / 1000;
    sandbox->deadline.tv_nsec += milliseconds % 1000 * 1000000;
    if (sandbox->deadline.tv_nsec >= 1000000000) {
        sandbox->deadline.tv_sec++;
        sandbox->deadline.tv_nsec -= 1000000000;
    }
}

static int refuse_global(lua_State *L) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) {
        const char *name = lua_tostring(L, 2);
        if (lua_toboolean(L, -1)) return luaL_error(L, "%s is read-only", name);
        return luaL_error(L, "%s cannot be replaced; set its members", name);
    }
    lua_settop(L, 3);
    lua_rawset(L, 1);
    return 0;
}

// Reads the read-only globals into the table at `values`, their names into that at `names`.
static void read_globals(struct slua_reader *reader, int values, int names) {
    lua_State *L = reader->L;
    slua_expect(reader, '{');
    if (slua_take(reader, '}')) return;
    do {
        slua_read_key(reader);
        slua_expect(reader, ':');
        lua_pushvalue(L, -1);
        lua_pushboolean(L, 1);
        lua_rawset(L, names);
        slua_push_view_metatable(L, lua_tostring(L, -1));
        reader->view_metatable = lua_gettop(L);
        slua_read_value(reader, 0);
        lua_remove(L, -2);
        lua_rawset(L, values);
    } while (slua_take(reader, ','));
    slua_expect(reader, '}');
}

// Gives the hook its data; leaves the writable table, or nil, on the stack.
static void read_data(struct slua_reader *reader) {
    lua_State *L = reader->L;
    reader->makes_secrets = 1;
    lua_newtable(L);
    int values = lua_gettop(L);
    lua_newtable(L);
    int names = values + 1;
    slua_read_value(reader, 0);  // the name of the writable table
    slua_expect(reader, ',');
    slua_read_value(reader, 0);
    slua_expect(reader, ',');
    if (lua_istable(L, -1) && lua_isstring(L, -2)) {
        lua_pushvalue(L, -2);
        lua_pushboolean(L, 0);
        lua_rawset(L, names);
        lua_pushvalue(L, -2);
        lua_pushvalue(L, -2);
        lua_rawset(L, values);
    }
    read_globals(reader, values, names);
    lua_pushglobaltable(L);
    lua_createtable(L, 0, 2);
    lua_pushvalue(L, values);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, names);
    lua_pushcclosure(L, refuse_global, 1);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

// Writes the writable table, member by member, so that messages can name them.
static void write_members(lua_State *L, int table, const char *name) {
    struct slua_sandbox *sandbox = slua_of(L);
    lua_Integer count = slua_push_sorted_keys(L, table);
    int keys = lua_gettop(L);
    slua_append(&sandbox->text, "{", 1);
    for (lua_Integer i = 1; i <= count; i++) {
        if (i > 1) slua_append(&sandbox->text, ",", 1);
        if (lua_rawgeti(L, keys, i) != LUA_TSTRING) {
            luaL_error(L, "%s: its members need names", name);
        }
        size_t size;
        const char *key = lua_tolstring(L, -1, &size);
        sandbox->place = name;
        slua_check_name(L, key);
        if (slua_append_string(&sandbox->text, key, size, 1) < 0) {
            luaL_error(L, "%s: a name is not valid UTF-8, or too long", name);
        }
        slua_append(&sandbox->text, ":", 1);
        sandbox->place = lua_pushfstring(L, "%s.%s", name, key);
        lua_pushvalue(L, -2);
        lua_rawget(L, table);
        slua_write_value(L, -1, 1, 1);
        sandbox->place = NULL;
        lua_settop(L, keys);
    }
    if (slua_append(&sandbox->text, "}", 1) < 0) luaL_error(L, "%s: larger than 4 MiB", name);
}

static int run(lua_State *L) {
    struct evaluation *evaluation = lua_touserdata(L, 1);
    struct slua_sandbox *sandbox = &evaluation->sandbox;
    const char *text = evaluation->request;
    struct slua_reader reader = {
        .L = L, .start = text, .at = text, .end = text + evaluation->size};
    slua_expect(&reader, '[');
    lua_Integer milliseconds = read_integer(&reader);
    set_deadline(sandbox, milliseconds);
    if (evaluation->arm) evaluation->arm((unsigned)milliseconds);
    sandbox->memory_limit = (size_t)read_integer(&reader);
    lua_sethook(L, check_time, LUA_MASKCOUNT, 10000);
    slua_open(L, read_integer(&reader));

    slua_read_key(&reader);
    slua_expect(&reader, ',');
    sandbox->name = lua_tostring(L, -1);  // stays on the stack
    if (strlen(sandbox->name) <= SLUA_NAME_LIMIT) strcpy(sandbox->chunk, sandbox->name);
    slua_read_value(&reader, 0);
    slua_expect(&reader, ',');
    int is_expression = lua_toboolean(L, -1);
    slua_read_key(&reader);
    slua_expect(&reader, ',');
    size_t size;
    const char *source = lua_tolstring(L, -1, &size);
    sandbox->lines = slua_count_lines(source, size);
    read_data(&reader);
    int writable = lua_gettop(L);
    slua_expect(&reader, ']');

    if (slua_load(L, sandbox->chunk, source, size, is_expression) != LUA_OK) return lua_error(L);
    lua_call(L, 0, is_expression);
    sandbox->text.size = 0;
    if (is_expression) {
        slua_write_value(L, -1, 0, 1);
    } else if (lua_istable(L, writable)) {
        write_members(L, writable, lua_tostring(L, writable - 1));
    } else {
        slua_append(&sandbox->text, "{}", 2);
    }
    return 0;
}

static void evaluate(struct evaluation *evaluation) {
    struct slua_sandbox *sandbox = &evaluation->sandbox;
    int status = LUA_ERRMEM;
    lua_State *L = slua_new_state(sandbox);
    if (L) {
        lua_pushcfunction(L, describe);
        lua_pushcfunction(L, run);
        lua_pushlightuserdata(L, evaluation);
        status = lua_pcall(L, 1, 0, 1);
    }
    if (status == LUA_ERRMEM && sandbox->ending == SLUA_RUNNING) sandbox->ending = SLUA_MEMORY;
    if (status != LUA_OK && sandbox->ending == SLUA_RUNNING) {
        size_t size = 0;
        const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &size) : "";
        sandbox->ending = SLUA_FAILED;
        sandbox->message.size = 0;
        slua_append_line(&sandbox->message, text, size);
    }
    if (L) lua_close(L);
}

static int compose(struct slua_sandbox *sandbox, struct slua_buffer *answer) {
    static const char *const names[] = {"passed", "failed", "skipped", "time", "memory"};
    char text[64];
    snprintf(text, sizeof text, "{\"outcome\":\"%s\"", names[sandbox->ending]);
    int status = slua_append(answer, text, strlen(text));
    if (sandbox->ending == SLUA_RUNNING) {
        status |= slua_append(answer, ",\"value\":", 9);
        status |= slua_append(answer, sandbox->text.bytes, sandbox->text.size);
    } else if (sandbox->message.size) {
        status |= slua_append(answer, ",\"message\":", 11);
        status |= slua_append(answer, sandbox->message.bytes, sandbox->message.size);
    }
    status |= slua_append(answer, ",\"log\":[", 8);
    status |= slua_append(answer, sandbox->log.bytes, sandbox->log.size);
    if (sandbox->log_dropped) {
        snprintf(text, sizeof text, ",\"(%d more lines)\"", sandbox->log_dropped);
        status |= slua_append(answer, text, strlen(text));
    }
    return status | slua_append(answer, "]}", 2);
}

char *slua_evaluate(
    const char *request, size_t size, void (*arm)(unsigned), size_t *answer_size) {
    struct evaluation evaluation = {.request = request, .size = size, .arm = arm};
    struct slua_sandbox *sandbox = &evaluation.sandbox;
    sandbox->memory_limit = 64 << 20;  // until the request says its own
    sandbox->text.limit = SLUA_VALUE_LIMIT;
    sandbox->message.limit = sandbox->log.limit = 3 << 20;
    strcpy(sandbox->chunk, "hook");
    sandbox->name = sandbox->chunk;
    evaluate(&evaluation);
    struct slua_buffer answer = {.limit = SLIPWAY_LUA_ANSWER_LIMIT};
    int status = compose(sandbox, &answer);
    free(sandbox->text.bytes);
    free(sandbox->message.bytes);
    free(sandbox->log.bytes);
    if (status < 0) {
        free(answer.bytes);
        return NULL;
    }
    *answer_size = answer.size;
    return answer.bytes;
}
