// The header in a second file of values.cpp's program, twice: nothing in it is defined twice by
// that.
#include <wxsign.hpp>
#include <wxsign.hpp>

bool other_file_signs();

bool other_file_signs()
{
    return static_cast<bool>(wxsign::sign("t", "n", 1, "u"));
}
