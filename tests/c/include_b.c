/* The other file of include_a.c. */
#include <wxsign.h>

#ifdef __cplusplus
extern "C"
#endif
int other_file(void);

int other_file(void)
{
    return wxsign_abi_version() == WXSIGN_ABI_VERSION;
}
