/* Two Rust libraries in one program: both work, and a panic in either is unwound. */
#include <stdio.h>
#include <string.h>
#include <wxsign.h>

int other_catches(int number);

int main(void)
{
    char signature[WXSIGN_SIGNATURE_SIZE];
    if (other_catches(7) != 7 || wxsign_sign("t", 1, "n", 1, 1, "u", 1, signature, NULL) != WXSIGN_STATUS_OK
        || strlen(signature) != 40 || other_catches(8) != 8)
        return 1;
    puts(signature);
    return 0;
}
