// The texts that this package needs without the core. A test compares them with the core's.

package wxsign

const (
	invalidHint   = "Correct the option or parameter that the message names."
	invalidHintZH = "请修正错误信息中指出的选项或参数。"
)
