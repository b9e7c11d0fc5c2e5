#ifndef ATTACKER_H
#define ATTACKER_H

// What an attack found, beside an error number: 0 is that it worked.
#define CONTAINED 200
#define ODD 201

struct attack {
    const char *name;
    int (*attempt)(void);
};

extern const struct attack kernel_attacks[];
extern const struct attack file_attacks[];
extern const struct attack rights_attacks[];

// The error of a call that must fail; 0 where it did not.
int answer(long result);

#endif
