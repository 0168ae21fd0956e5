module bench

go 1.24

require github.com/wxsign/wxsign/bindings/go v0.0.0

replace github.com/wxsign/wxsign/bindings/go => ../../bindings/go
