// Host memory for what a driver keeps of recorded commands. Some take a piece or
// several for each command and give all back with the next recording: lists of
// free pieces cost less than malloc.
#ifndef HEKLA_ROOM_H
#define HEKLA_ROOM_H

#include "load.h"

typedef struct Room Room;

Room *hekla_room(void); // NULL if there is no memory
void hekla_room_free(Room *);

// hekla_room_callbacks is what to create objects with, whose use is by one thread
// at a time, and to destroy them with.
const AllocationCallbacks *hekla_room_callbacks(const Room *);

#endif
