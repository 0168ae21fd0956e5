/* The records of the file store, so that a client begins with credentials of a chosen age. */
#ifndef RECORD_H
#define RECORD_H

/* The text of a record's file, to be freed, or NULL if there is none. */
char *record_read(const char *path);
/* Gives a record, as text, so much life left, and a known age. */
void record_age(char *record, long left_ms);

#endif
