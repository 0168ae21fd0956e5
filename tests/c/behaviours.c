/* Runs the behaviours that every binding shares, each against a new sandbox. */
#include "behaviours.h"

#include "check.h"

#include <string.h>

int main(int argc, char **argv)
{
#define ROW(name) {#name, behaviour_##name},
    static const struct check_test tests[] = {BEHAVIOURS(ROW)};
    if (argc == 4 && strcmp(argv[1], "--second-process") == 0)
        return second_process(argv[2], argv[3]);
    return check_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
