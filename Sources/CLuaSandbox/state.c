#include "sandbox.h"

#include <stdlib.h>

// Lua asks again after a full collection, so that only live data counts.
static void *allocate(void *context, void *block, size_t old_size, size_t new_size) {
    struct slua_sandbox *sandbox = context;
    if (!block) old_size = 0;  // it then tells the kind of object
    if (new_size == 0) {
        free(block);
        sandbox->memory_used -= old_size;
        return NULL;
    }
    if (new_size > old_size) {
        size_t more = new_size - old_size;
        size_t limit = sandbox->memory_limit;
        if (sandbox->memory_used > limit || more > limit - sandbox->memory_used) return NULL;
    }
    void *result = realloc(block, new_size);
    if (result) sandbox->memory_used = sandbox->memory_used - old_size + new_size;
    return result;
}

lua_State *slua_new_state(struct slua_sandbox *sandbox) {
    lua_State *L = lua_newstate(allocate, sandbox);
    if (L) *(struct slua_sandbox **)lua_getextraspace(L) = sandbox;
    return L;
}
