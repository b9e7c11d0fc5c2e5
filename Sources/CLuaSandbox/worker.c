#include "CLuaSandbox.h"
#include "confine.h"
#include "sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

static int read_all(int input, void *target, size_t size) {
    for (char *at = target; size > 0;) {
        ssize_t count = read(input, at, size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return -1;
        at += count;
        size -= (size_t)count;
    }
    return 0;
}

static int write_all(int output, const void *source, size_t size) {
    for (const char *at = source; size > 0;) {
        ssize_t count = write(output, at, size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -1;
        at += count;
        size -= (size_t)count;
    }
    return 0;
}

static int write_frame(int output, const char *bytes, size_t size) {
    unsigned char head[] = {
        (unsigned char)(size >> 24), (unsigned char)(size >> 16), (unsigned char)(size >> 8),
        (unsigned char)size};
    return write_all(output, head, sizeof head) < 0 ? -1 : write_all(output, bytes, size);
}

static void set_timer(unsigned milliseconds) {
    struct itimerval timer = {
        .it_value = {milliseconds / 1000, (suseconds_t)(milliseconds % 1000) * 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

// The parent kills us at the limit. Should it be gone, we end ourselves: a parent-death signal
// would come when the *thread* that started us ends, and threads of a pool do.
static void arm(unsigned milliseconds) { set_timer(milliseconds + 1000); }

static int serve_one(int input, int output, size_t size) {
    char *request = malloc(size + 1);
    if (!request) return -1;
    size_t answer_size = 0;
    char *answer = NULL;
    if (read_all(input, request, size) == 0) {
        request[size] = 0;
        answer = slua_evaluate(request, size, arm, &answer_size);
        set_timer(0);
    }
    free(request);
    int status = answer ? write_frame(output, answer, answer_size) : -1;
    free(answer);
    return status;
}

int slipway_lua_serve(int input, int output) {
    slua_confine();
    if (write_frame(output, "", 0) < 0) return 1;
    unsigned char head[4];
    while (read_all(input, head, sizeof head) == 0) {
        size_t size = 0;
        for (int i = 0; i < 4; i++) size = size << 8 | head[i];
        if (size > SLIPWAY_LUA_REQUEST_LIMIT || serve_one(input, output, size) < 0) return 1;
    }
    return 0;
}
