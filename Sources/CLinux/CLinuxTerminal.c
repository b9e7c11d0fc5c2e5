#define _GNU_SOURCE
#include "CLinuxTerminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

// Everything here may be touched by a signal handler, so it is plain and set before it is used.
static struct termios mode_before;
static struct termios mode_for_keys;
static volatile sig_atomic_t keys_fd = -1;
static volatile sig_atomic_t screen_fd = -1;
static volatile sig_atomic_t cursor_is_hidden;
static volatile sig_atomic_t screen_is_alternate;
static int wake_pipe[2] = {-1, -1};

static const int ending_signals[] = {
    SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGSYS,
};
#define ENDING_COUNT ((int)(sizeof ending_signals / sizeof ending_signals[0]))
static struct sigaction dispositions[ENDING_COUNT];

static int is_foreground(int fd) { return tcgetpgrp(fd) == getpgrp(); }

static void say(const char *text) {
    // A terminal that is gone needs nothing undone.
    if (write(screen_fd, text, strlen(text)) < 0) { /* nothing to do in a handler */ }
}

// Only what a signal handler may call (signal-safety(7)).
static void give_back(void) {
    if (screen_fd >= 0) {
        if (screen_is_alternate) say("\033[?1049l");
        if (cursor_is_hidden) say("\033[?25h");
    }
    // Another group's terminal is not ours to set: the kernel would stop us.
    if (keys_fd >= 0 && is_foreground(keys_fd)) tcsetattr(keys_fd, TCSANOW, &mode_before);
}

static void take_again(void) {
    if (keys_fd >= 0 && is_foreground(keys_fd)) tcsetattr(keys_fd, TCSANOW, &mode_for_keys);
    if (screen_fd >= 0) {
        if (screen_is_alternate) say("\033[?1049h");
        if (cursor_is_hidden) say("\033[?25l");
    }
}

static void poke(char byte) {
    if (write(wake_pipe[1], &byte, 1) < 0) { /* a full pipe wakes as well */ }
}

static void on_resize(int number) {
    (void)number;
    int saved = errno;
    poke('r');
    errno = saved;
}

static void on_stop(int number) {
    (void)number;
    int saved = errno;
    give_back();
    kill(getpid(), SIGSTOP);
    errno = saved;
}

static void on_continue(int number) {
    (void)number;
    int saved = errno;
    take_again();
    poke('r');
    errno = saved;
}

static void on_end(int number) {
    give_back();
    for (int i = 0; i < ENDING_COUNT; i++) {
        if (ending_signals[i] == number) sigaction(number, &dispositions[i], NULL);
    }
    // Delivered when this handler returns.
    raise(number);
}

static void handle(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

static void handle_all(void) {
    static int is_done;
    if (is_done) return;
    is_done = 1;
    atexit(give_back);
    handle(SIGWINCH, on_resize);
    handle(SIGCONT, on_continue);
    handle(SIGTSTP, on_stop);
    for (int i = 0; i < ENDING_COUNT; i++) {
        sigaction(ending_signals[i], NULL, &dispositions[i]);
        // Somebody else's handler, or one who wants to live on: theirs to keep.
        int is_fault = ending_signals[i] >= SIGILL && ending_signals[i] != SIGHUP
            && ending_signals[i] != SIGTERM && ending_signals[i] != SIGINT;
        if (dispositions[i].sa_handler == SIG_DFL
            || (is_fault && dispositions[i].sa_handler != SIG_IGN)) {
            handle(ending_signals[i], on_end);
        }
    }
}

int slipway_keys_begin(int fd) {
    if (fd >= 0) {
        if (!isatty(fd) || !is_foreground(fd)) {
            errno = ENOTTY;
            return -1;
        }
        if (tcgetattr(fd, &mode_before) < 0) return -1;
    }
    if (wake_pipe[0] < 0) {
        if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) < 0) return -1;
    }
    handle_all();
    if (fd < 0) return 0;
    mode_for_keys = mode_before;
    mode_for_keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
    mode_for_keys.c_cc[VMIN] = 1;
    mode_for_keys.c_cc[VTIME] = 0;
    // First, so that whatever comes next undoes it.
    keys_fd = fd;
    if (tcsetattr(fd, TCSANOW, &mode_for_keys) < 0) {
        keys_fd = -1;
        return -1;
    }
    return 0;
}

int slipway_keys_read(void *buffer, int capacity, int timeout) {
    int fd = keys_fd;
    struct pollfd files[2] = {
        {.fd = wake_pipe[0], .events = POLLIN},
        {.fd = fd, .events = POLLIN},
    };
    // Reading in the background would stop the process; it looks again later.
    int has_keys = fd >= 0 && is_foreground(fd);
    if (fd >= 0 && !has_keys && (timeout < 0 || timeout > 300)) timeout = 300;
    int count = poll(files, has_keys ? 2 : 1, timeout);
    if (count < 0) return errno == EINTR ? SLIPWAY_KEYS_NONE : SLIPWAY_KEYS_CLOSED;
    if (count == 0) return SLIPWAY_KEYS_NONE;
    if (files[0].revents) {
        char bytes[64];
        ssize_t size = read(wake_pipe[0], bytes, sizeof bytes);
        return size > 0 && memchr(bytes, 'q', (size_t)size) ? SLIPWAY_KEYS_CLOSED
                                                           : SLIPWAY_KEYS_RESIZED;
    }
    ssize_t size = read(fd, buffer, (size_t)capacity);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) return SLIPWAY_KEYS_NONE;
    return size > 0 ? (int)size : SLIPWAY_KEYS_CLOSED;
}

void slipway_keys_end(void) {
    give_back();
    keys_fd = -1;
    cursor_is_hidden = 0;
    screen_is_alternate = 0;
    if (wake_pipe[1] >= 0) poke('q');
}

void slipway_screen_state(int fd, int is_cursor_hidden, int is_alternate) {
    screen_fd = fd;
    cursor_is_hidden = is_cursor_hidden;
    screen_is_alternate = is_alternate;
}

int slipway_sealed_file(const void *content, size_t size) {
    int fd = memfd_create("slipway-given", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return -1;
    size_t offset = 0;
    while (offset < size) {
        ssize_t written = write(fd, (const char *)content + offset, size - offset);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) goto failed;
        offset += (size_t)written;
    }
    int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    if (fcntl(fd, F_ADD_SEALS, seals) == 0 && lseek(fd, 0, SEEK_SET) == 0) return fd;
failed: {
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}
}

int slipway_is_sealed(int fd) {
    int wanted = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & wanted) == wanted;
}
