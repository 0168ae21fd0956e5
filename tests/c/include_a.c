/* The header twice in one file, and in two files of one program; as C99, C++11 and C++17. */
#include <wxsign.h>
#include <wxsign.h>

#ifdef __cplusplus
extern "C"
#endif
int other_file(void);

int main(void)
{
    wxsign_config config = WXSIGN_CONFIG_INIT;
    wxsign_status status = wxsign_nonce(config.nonce, 0);
    return status == WXSIGN_STATUS_OK && config.nonce[31] != 0 && other_file() ? 0 : 1;
}
