// The calls of Explain into the C library.

package wxsign

// #include "shim.h"
//
// static inline wxsign_go_string wxsign_go_explain(const char *evidence, size_t len) {
//     wxsign_go_string out = {{WXSIGN_STATUS_OK, NULL}, NULL, 0};
//     out.outcome.status = wxsign_explain(evidence, len, &out.text, &out.len, &out.outcome.error);
//     return out;
// }
//
// static inline wxsign_go_string wxsign_go_client_explain(
//     const wxsign_client *client, const char *evidence, size_t len) {
//     wxsign_go_string out = {{WXSIGN_STATUS_OK, NULL}, NULL, 0};
//     out.outcome.status = wxsign_client_explain(client, evidence, len, &out.text, &out.len, &out.outcome.error);
//     return out;
// }
import "C"

func explain(evidence string) (string, error) {
	pointer, length := text(evidence)
	return textOf(C.wxsign_go_explain(pointer, length))
}

func (n native) explain(evidence string) (string, error) {
	pointer, length := text(evidence)
	return textOf(C.wxsign_go_client_explain(n.client, pointer, length))
}

func textOf(answer C.wxsign_go_string) (string, error) {
	if err := failure(answer.outcome); err != nil {
		return "", err
	}
	return take(answer), nil
}
