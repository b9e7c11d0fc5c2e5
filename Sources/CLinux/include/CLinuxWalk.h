// A walk through a folder with all it holds, which a hostile job may have made, and others may
// change meanwhile. It takes some 10 KiB, beyond 32 levels and at any depth some 350 KiB; at most 34
// descriptors, and a buffer of the C library for each folder that is open.
#pragma once

/// What is done with each name of a tree. All of it may be gone, or be something else, by the time
/// that it is told: only the folder `fd` is what it was.
struct slipway_visitor {
    /// Met in the open folder `fd`, before anything that lies below it; `type` is readdir(3)'s
    /// DT_…, DT_UNKNOWN where the file system does not tell. 1: goes into it if it is a folder,
    /// 0: goes on behind it, -1: the walk ends with errno.
    int (*meet)(void *context, int fd, const char *name, unsigned char type);
    /// After what a folder holds; may be NULL, and is left out where the folder is there no longer.
    /// 1: goes into it once more. `times`: how often it did already; counts anew from 0 where more
    /// than 8192 levels lie below.
    int (*leave)(void *context, int fd, const char *name, unsigned times);
    void *context;
    /// Whether what is mounted below is passed by; else it ends the walk with EXDEV.
    int passes_mounts;
};

/// Walks through what the open folder `top` holds: 0, or -1 with errno set. Neither links nor
/// mounts are followed, and no renaming leads it out: where the way back from a folder is not the
/// one that led into it, the walk ends with ESTALE.
int slipway_walk(int top, const struct slipway_visitor *visitor);

/// The same, begun anew a few times after ESTALE, for visitors that may meet a name twice.
int slipway_walk_again(int top, const struct slipway_visitor *visitor);
