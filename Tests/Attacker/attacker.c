// What a hostile job tries. `attacker` alone tries all there is, each in a process of its own, and
// prints a line for each: its name, and `done`, `contained`, or the error that it met.
// Nothing in here harms a machine on which it works: what would, is asked for in a form that the
// kernel refuses later, or sets what is set already.
#define _GNU_SOURCE
#include "attacker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

int answer(long result) { return result < 0 ? errno : 0; }

static void tell(const struct attack *attack) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        _exit(attack->attempt());
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status)) {
        printf("%s signal-%d\n", attack->name, WTERMSIG(status));
    } else if (WEXITSTATUS(status) == CONTAINED) {
        printf("%s contained\n", attack->name);
    } else if (WEXITSTATUS(status) == ODD) {
        printf("%s odd\n", attack->name);
    } else if (WEXITSTATUS(status) == 0) {
        printf("%s done\n", attack->name);
    } else {
        printf("%s %s\n", attack->name, strerrorname_np(WEXITSTATUS(status)));
    }
}

static void tell_all(const struct attack *attacks) {
    for (; attacks->name; attacks++) tell(attacks);
}

// Descriptors that this process was given, one a line, with what they are.
static int descriptors(void) {
    DIR *folder = opendir("/proc/self/fd");
    if (!folder) return 1;
    struct dirent *entry;
    while ((entry = readdir(folder))) {
        int number = atoi(entry->d_name);
        if (entry->d_name[0] == '.' || number == dirfd(folder)) continue;
        char path[300], target[300];
        snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = 0;
        printf("%d %.*s\n", number, (int)strcspn(target, ":"), target);
    }
    return 0;
}

static socklen_t abstract(struct sockaddr_un *address, const char *name) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    strncpy(address->sun_path + 1, name, sizeof address->sun_path - 2);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

// Waits for one who connects to a socket that has no file.
static int listen_at(const char *name) {
    struct sockaddr_un address;
    socklen_t length = abstract(&address, name);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 1) < 0) return 1;
    puts("listening");
    fflush(stdout);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int found = poll(&wait, 1, 60000);
    puts(found > 0 ? "reached" : "alone");
    return 0;
}

static int connect_to(const char *name) {
    struct sockaddr_un address;
    socklen_t length = abstract(&address, name);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    int result = connect(fd, (struct sockaddr *)&address, length);
    puts(result == 0 ? "done" : strerrorname_np(errno));
    return 0;
}

// Swaps two names for as long as it is let, or until `stop` is there.
static int swap(const char *first, const char *second, const char *stop) {
    puts("swapping");
    fflush(stdout);
    for (long rounds = 0;; rounds++) {
        if (syscall(SYS_renameat2, AT_FDCWD, first, AT_FDCWD, second, 2) < 0) return 1;
        if (rounds % 64 == 0 && access(stop, F_OK) == 0) return 0;
    }
}

// Opens, for writing, the programs of all processes that come by: what enters a container is for a
// moment the runtime itself (CVE-2019-5736). Until `stop` is there.
static int overwrite_entering(const char *stop) {
    puts("ready");
    fflush(stdout);
    long tries = 0, seen = 0;
    char own[64] = {0};
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
    (void)size;
    while (access(stop, F_OK) != 0) {
        for (int pid = 2; pid < 400; pid++) {
            char path[64], target[300] = {0};
            snprintf(path, sizeof path, "/proc/%d/exe", pid);
            if (readlink(path, target, sizeof target - 1) < 0) continue;
            tries++;
            if (!strstr(target, "runc") && !strstr(target, "memfd") && !strstr(target, "crun"))
                continue;
            seen++;
            int held = open(path, O_RDONLY);
            if (held < 0) continue;
            snprintf(path, sizeof path, "/proc/self/fd/%d", held);
            for (int round = 0; round < 2000; round++) {
                int fd = open(path, O_WRONLY);
                if (fd < 0) continue;
                // What stands there already.
                if (pwrite(fd, "\x7f", 1, 0) == 1) printf("wrote to %s\n", target);
                close(fd);
                break;
            }
            close(held);
        }
    }
    fprintf(stderr, "looked %ld times, saw the runtime %ld times\n", tries, seen);
    return 0;
}

static int identity(void) {
    unsigned long long effective = 0, permitted = 0;
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    while (status && fgets(line, sizeof line, status)) {
        sscanf(line, "CapEff: %llx", &effective);
        sscanf(line, "CapPrm: %llx", &permitted);
    }
    printf("%d %d %d %d %llx %llx\n", getuid(), geteuid(), getgid(), getegid(), effective,
        permitted);
    return 0;
}

static void tell_reached(const char *number, const char *way, long result) {
    // EPERM says that it is there, unless the call is refused for all.
    if (result >= 0 || (errno != ESRCH && errno != ENOENT && errno != EPERM))
        printf("reached %s by %s: %s\n", number, way, strerrorname_np(result < 0 ? errno : 0));
}

// Takes hold of processes by the numbers that the machine knows them by.
static int reach(char **numbers) {
    for (; *numbers; numbers++) {
        pid_t pid = atoi(*numbers);
        char path[64], byte;
        struct iovec own = {&byte, 1}, other = {(void *)0x400000, 1};
        int answer = kill(pid, 0);
        // Whoever may not, but is told that there is one, shares its numbers.
        if (answer < 0 && errno == EPERM) printf("saw %s\n", *numbers);
        tell_reached(*numbers, "signal", answer);
        tell_reached(*numbers, "ptrace", ptrace(PTRACE_SEIZE, pid, 0, 0));
        tell_reached(*numbers, "memory", process_vm_readv(pid, &own, 1, &other, 1, 0));
        tell_reached(*numbers, "descriptor", syscall(SYS_pidfd_open, pid, 0));
        for (const char **file = (const char *[]){"mem", "environ", "root", "ns/mnt", "fd", 0};
             *file; file++) {
            snprintf(path, sizeof path, "/proc/%d/%s", pid, *file);
            tell_reached(*numbers, *file, open(path, O_RDONLY));
        }
    }
    puts("over");
    return 0;
}

// Types into the terminal that it was given as standard input.
static int type(const char *text) {
    for (; *text; text++) {
        if (ioctl(0, TIOCSTI, text) < 0) {
            puts(strerrorname_np(errno));
            return 0;
        }
    }
    puts("done");
    return 0;
}

int main(int count, char **words) {
    if (count == 1) {
        tell_all(kernel_attacks);
        tell_all(rights_attacks);
        tell_all(file_attacks);
        return 0;
    }
    const char *verb = words[1];
    if (!strcmp(verb, "descriptors")) return descriptors();
    if (!strcmp(verb, "identity")) return identity();
    if (!strcmp(verb, "listen") && count == 3) return listen_at(words[2]);
    if (!strcmp(verb, "connect") && count == 3) return connect_to(words[2]);
    if (!strcmp(verb, "swap") && count == 5) return swap(words[2], words[3], words[4]);
    if (!strcmp(verb, "overwrite") && count == 3) return overwrite_entering(words[2]);
    if (!strcmp(verb, "reach")) return reach(words + 2);
    if (!strcmp(verb, "type") && count == 3) return type(words[2]);
    fprintf(stderr, "attacker: no such attack\n");
    return 64;
}
