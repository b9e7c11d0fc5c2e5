// What the files of the sandbox share. One `slua_sandbox` and one `lua_State` serve one hook.
#pragma once
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum {
    // Swift's parser takes 128 levels; the answer around the value needs a few.
    SLUA_DEPTH_LIMIT = 120,
    SLUA_VALUE_LIMIT = 4 << 20,
    SLUA_LINE_LIMIT = 4096,
    SLUA_LOG_LINES = 100,
    // Lua cuts names of chunks at LUA_IDSIZE.
    SLUA_NAME_LIMIT = 50,
};

// How a hook ended, other than by an ordinary error. Nothing that the hook does can undo it.
enum slua_ending {
    SLUA_RUNNING,
    SLUA_FAILED,
    SLUA_SKIPPED,
    SLUA_TIME,
    SLUA_MEMORY,
};

// Bytes outside Lua's memory. They belong to the sandbox, so that an error loses none.
struct slua_buffer {
    char *bytes;
    size_t size, capacity, limit;
};

struct slua_sandbox {
    size_t memory_used, memory_limit;
    struct timespec deadline;
    enum slua_ending ending;
    struct slua_buffer text;     // JSON being written: the value at last
    struct slua_buffer message;  // a JSON string: what `fail`, `skip` or an error said
    struct slua_buffer log;      // JSON strings with commas between them
    int log_lines, log_dropped;
    char chunk[SLUA_NAME_LIMIT + 1];  // what Lua calls the hook in its messages
    const char *name;                 // what we call it; may be longer
    int lines;                        // how many the hook has, 0 before it is read
    const char *place;                // the member being written, for messages
};

static inline struct slua_sandbox *slua_of(lua_State *L) {
    return *(struct slua_sandbox **)lua_getextraspace(L);
}

// state.c: states whose memory is bounded.
lua_State *slua_new_state(struct slua_sandbox *sandbox);

// load.c: text to function; pushes the function, or the message, and gives Lua's status.
int slua_load(
    lua_State *L, const char *chunk, const char *source, size_t size, int is_expression);
int slua_count_lines(const char *source, size_t size);
// Splits `CHUNK:LINE: message`: gives the message, or NULL when there is no such beginning.
const char *slua_split(const char *text, const char *chunk, int *line);

// environment.c: replaces the globals by the allow-list.
void slua_open(lua_State *L, lua_Integer seed);
// Pushes a value as text: tables as JSON; a secret is an error.
void slua_push_text(lua_State *L, int index);

// functions.c: what is ours among the globals.
extern const luaL_Reg slua_functions[];
extern const luaL_Reg slua_json_functions[];
int slua_matches(lua_State *L);  // its upvalue is `string.find`

// values.c: secrets, null and lists.
void slua_open_values(lua_State *L);
void slua_push_null(lua_State *L);
int slua_is_null(lua_State *L, int index);
void slua_push_secret(lua_State *L, const char *name, size_t size);
// The name behind a handle, or NULL when the value is none.
const char *slua_secret(lua_State *L, int index, size_t *size);
void slua_mark_list(lua_State *L, int index);
int slua_is_marked_list(lua_State *L, int index);

// views.c: tables that cannot be changed, and walking tables in order.
void slua_push_view_metatable(lua_State *L, const char *name);
// Replaces the table on top by a view of it.
void slua_seal(lua_State *L, int metatable);
// Pushes the table that holds what `index` shows: the one behind a view, or itself.
void slua_push_content(lua_State *L, int index);
// Pushes a list of the keys of a plain table: integers, then strings by bytes, then the rest.
lua_Integer slua_push_sorted_keys(lua_State *L, int table);

// json_read.c
struct slua_reader {
    lua_State *L;
    // The byte at `end` must be 0, as it is in Lua's strings.
    const char *start, *at, *end;
    int depth;
    int makes_secrets;   // `{"$secret": NAME}` becomes a handle
    int view_metatable;  // a stack index: tables become views; 0: they stay plain
};
// Pushes the next value; JSON's null is json.null in a list and nil elsewhere.
void slua_read_value(struct slua_reader *reader, int in_list);
// Skips blanks and takes one byte, or raises an error.
void slua_expect(struct slua_reader *reader, char byte);
// Skips blanks and takes `byte` if it is next.
int slua_take(struct slua_reader *reader, char byte);
// Pushes a string that is next, or raises an error.
void slua_read_key(struct slua_reader *reader);

// json_write.c
int slua_append(struct slua_buffer *buffer, const void *bytes, size_t size);
// Appends a JSON string. Bytes that are not UTF-8 become U+FFFD, or with `strict` give -1.
int slua_append_string(struct slua_buffer *buffer, const char *bytes, size_t size, int strict);
// As above, cut at SLUA_LINE_LIMIT bytes.
int slua_append_line(struct slua_buffer *buffer, const char *bytes, size_t size);
// Appends a value to the sandbox's text. A result may hold secrets, but none of its own making.
void slua_write_value(lua_State *L, int index, int depth, int is_result);
// Refuses the name of a member that would make a secret of a table.
void slua_check_name(lua_State *L, const char *name);
// The size of the UTF-8 scalar at `at`, or 0 when it is malformed.
size_t slua_scalar_size(const char *at, const char *end);

// evaluate.c: one request to one answer, in malloc's memory; NULL when there is none left.
// `request[size]` must be 0. `arm` is told the time limit in milliseconds, and may be NULL.
char *slua_evaluate(
    const char *request, size_t size, void (*arm)(unsigned), size_t *answer_size);
