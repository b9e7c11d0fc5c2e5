// A terminal that gives keys one by one, and a file in memory that nobody can change.
// All return 0 or a value >= 0, or -1 with errno set.
#pragma once
#include <stddef.h>

/// What `slipway_keys_read` gives beside bytes.
enum {
    SLIPWAY_KEYS_NONE = 0,
    SLIPWAY_KEYS_CLOSED = -1,
    /// The terminal's size changed, or the process came back to its foreground.
    SLIPWAY_KEYS_RESIZED = -2,
};

/// Has terminal `fd` give its keys at once and without echo; Ctrl-C and Ctrl-Z stay signals. The
/// mode before comes back with `slipway_keys_end`, at exit, at a signal that ends the process, and
/// while the process is stopped. -1 with ENOTTY when `fd` is no terminal or belongs to another
/// process group now. `fd` -1 has no keys: it only watches the size. One a process.
int slipway_keys_begin(int fd);

/// Waits for keys: how many bytes, or one of the values above; `timeout` in milliseconds, -1 for
/// ever.
int slipway_keys_read(void *buffer, int capacity, int timeout);

/// Ends a wait for keys in another thread, which is told SLIPWAY_KEYS_CLOSED, and gives the terminal
/// its mode back.
void slipway_keys_end(void);

/// Says what else has to be undone on the screen `fd` when the process ends or is stopped: the cursor
/// that is hidden, the alternate screen that is shown. Takes effect with the next drawing.
void slipway_screen_state(int fd, int is_cursor_hidden, int is_alternate);

/// A file in memory with this content, which nobody can change any more (memfd_create(2),
/// F_ADD_SEALS of fcntl(2)).
int slipway_sealed_file(const void *content, size_t size);
/// Whether the descriptor is such a file: 1 or 0.
int slipway_is_sealed(int fd);
