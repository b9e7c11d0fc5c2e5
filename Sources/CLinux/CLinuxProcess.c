#define _GNU_SOURCE
#include "CLinuxProcess.h"
#include "CLinuxRootless.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

// Runs in the vforked child: only system calls, no memory of the parent changes but `*failure`.
static void become(
    const char *path, char *const arguments[], char *const environment[], const char *folder,
    const struct slipway_descriptor *descriptors, int count, int new_session, int as_user,
    int *failure) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < 65; number++) {
        if (number != SIGKILL && number != SIGSTOP) sigaction(number, &standard, NULL);
    }
    // Programs of the machine expect the usual one; ours is for our own files.
    umask(022);
    if (new_session && setsid() < 0) goto failed;
    if (folder && chdir(folder) < 0) goto failed;
    if (as_user && slipway_become_user() < 0) goto failed;
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
    const struct slipway_descriptor *descriptors, int count, int new_session, int as_user) {
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
            path, arguments, environment, folder, descriptors, count, new_session, as_user,
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

int slipway_poller_remove(int poller, int fd) {
    return epoll_ctl(poller, EPOLL_CTL_DEL, fd, NULL);
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

static int fill_address(struct sockaddr_un *address, const char *path) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address->sun_path, path);
    return 0;
}

static void limit_waiting(int fd, int seconds) {
    struct timeval limit = {.tv_sec = seconds};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

static int close_failed(int fd) {
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

int slipway_socket_listen(const char *path) {
    struct sockaddr_un address;
    if (fill_address(&address, path) < 0) return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    // The mode is set before anyone can connect: nobody can until listen().
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || chmod(path, 0600) < 0
        || listen(fd, 16) < 0) {
        return close_failed(fd);
    }
    return fd;
}

int slipway_socket_connect(const char *path, int timeout_seconds) {
    struct sockaddr_un address;
    if (fill_address(&address, path) < 0) return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    limit_waiting(fd, timeout_seconds);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return close_failed(fd);
    return fd;
}

int slipway_socket_accept(int listener, int timeout_seconds) {
    int fd;
    do {
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (fd < 0) return -1;
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0
        || (peer.uid != 0 && peer.uid != geteuid())) {
        close(fd);
        errno = EPERM;
        return -1;
    }
    limit_waiting(fd, timeout_seconds);
    return fd;
}

int slipway_socket_stop(int listener) { return shutdown(listener, SHUT_RDWR); }

int slipway_terminal_size(int fd, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0) return -1;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

static int signal_pipe[2] = {-1, -1};

static void pass_on(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    // A full pipe already holds more signals than anyone can act on.
    if (write(signal_pipe[1], &byte, 1) < 0) { /* nothing to do in a handler */ }
    errno = saved;
}

int slipway_signals(const int *signals, int count) {
    if (signal_pipe[0] < 0) {
        if (pipe2(signal_pipe, O_CLOEXEC) < 0) return -1;
        fcntl(signal_pipe[1], F_SETFL, O_NONBLOCK);
    }
    struct sigaction action = {.sa_handler = pass_on, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    for (int i = 0; i < count; i++) {
        if (sigaction(signals[i], &action, NULL) < 0) return -1;
    }
    return signal_pipe[0];
}

int slipway_signal_read(int fd) {
    unsigned char byte;
    ssize_t size;
    do {
        size = read(fd, &byte, 1);
    } while (size < 0 && errno == EINTR);
    return size == 1 ? byte : -1;
}

void slipway_fill_standard_descriptors(void) {
    for (int fd = 0; fd < 3; fd++) {
        // The lowest free number is taken, so this one.
        if (fcntl(fd, F_GETFD) < 0) (void)!open("/dev/null", O_RDWR);
    }
}

int64_t slipway_nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
