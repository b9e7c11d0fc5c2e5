#define _GNU_SOURCE
#include "CLinuxProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

// Runs in the vforked child: only system calls, no memory of the parent changes but `*failure`.
static void become(
    const char *path, char *const arguments[], char *const environment[], const char *folder,
    const struct slipway_descriptor *descriptors, int count, int new_session, int *failure) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < 65; number++) {
        if (number != SIGKILL && number != SIGSTOP) sigaction(number, &standard, NULL);
    }
    if (new_session && setsid() < 0) goto failed;
    if (folder && chdir(folder) < 0) goto failed;
    // First out of the way of each other's targets, then into place.
    int moved[16];
    for (int i = 0; i < count; i++) {
        moved[i] = fcntl(descriptors[i].source, F_DUPFD, 64);
        if (moved[i] < 0) goto failed;
    }
    for (int standard_fd = 0; standard_fd < 3; standard_fd++) {
        int empty = open("/dev/null", O_RDWR);
        if (empty < 0) goto failed;
        if (empty != standard_fd) {
            if (dup2(empty, standard_fd) < 0) goto failed;
            close(empty);
        }
    }
    if (syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC) < 0) {
        for (int fd = 3; fd < 4096; fd++) fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    for (int i = 0; i < count; i++) {
        if (dup2(moved[i], descriptors[i].target) < 0) goto failed;
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(path, arguments, environment);
failed:
    *failure = errno;
    _exit(127);
}

pid_t slipway_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *folder,
    const struct slipway_descriptor *descriptors, int count, int new_session) {
    if (count > 16) {
        errno = E2BIG;
        return -1;
    }
    volatile int failure = 0;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = vfork();
    if (pid == 0) {
        become(
            path, arguments, environment, folder, descriptors, count, new_session,
            (int *)&failure);
    }
    int saved = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid > 0 && failure) {
        waitpid(pid, NULL, 0);
        errno = failure;
        return -1;
    }
    errno = saved;
    return pid;
}

int slipway_pidfd(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int slipway_pidfd_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int slipway_wait(pid_t pid) {
    int status;
    pid_t result;
    do {
        result = waitpid(pid, &status, 0);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int slipway_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int slipway_is_alive(pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    char line[512];
    size_t count = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[count] = 0;
    const char *state = strrchr(line, ')');
    return state && state[1] == ' ' && state[2] != 'Z' && state[2] != 'X';
}

int slipway_poller(void) { return epoll_create1(EPOLL_CLOEXEC); }

int slipway_poller_add(int poller, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

int slipway_poller_wait(int poller, int *ready, int capacity) {
    struct epoll_event events[64];
    int count;
    do {
        count = epoll_wait(poller, events, capacity < 64 ? capacity : 64, -1);
    } while (count < 0 && errno == EINTR);
    for (int i = 0; i < count; i++) ready[i] = events[i].data.fd;
    return count;
}

int slipway_notifier(void) { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }

int slipway_notifier_watch(int notifier, const char *path) {
    return inotify_add_watch(notifier, path, IN_MODIFY);
}

int slipway_notifier_read(int notifier, int *watches, int capacity) {
    _Alignas(struct inotify_event) char buffer[16384];
    ssize_t size = read(notifier, buffer, sizeof buffer);
    int count = 0;
    for (ssize_t offset = 0; offset < size;) {
        const struct inotify_event *event = (const struct inotify_event *)(buffer + offset);
        // Runs of the same watch are one for us.
        if (count < capacity && (count == 0 || watches[count - 1] != event->wd)) {
            watches[count++] = event->wd;
        }
        offset += (ssize_t)(sizeof *event + event->len);
    }
    return count;
}

int slipway_notifier_forget(int notifier, int watch) { return inotify_rm_watch(notifier, watch); }
