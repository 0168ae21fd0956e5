module github.com/wxsign/wxsign/bindings/go

go 1.24
