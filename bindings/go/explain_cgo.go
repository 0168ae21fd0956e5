// The call of Explain into the C library.

package wxsign

// #include "shim.h"
//
// static inline wxsign_go_string wxsign_go_explain(const char *evidence, size_t len) {
//     wxsign_go_string out = {{WXSIGN_STATUS_OK, NULL}, NULL, 0};
//     out.outcome.status = wxsign_explain(evidence, len, &out.text, &out.len, &out.outcome.error);
//     return out;
// }
import "C"

func explain(evidence string) (string, error) {
	pointer, length := text(evidence)
	answer := C.wxsign_go_explain(pointer, length)
	if err := failure(answer.outcome); err != nil {
		return "", err
	}
	return take(answer), nil
}
