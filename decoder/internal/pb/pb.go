// Package pb holds the protobuf messages of the platform's commands, generated
// from the .proto files beside it, which were written from the field tables
// of the protocol. Debian's protobuf-compiler 3.21 and
//
//	go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
//
// are what it takes to generate them again.
package pb

//go:generate sh -c "cd ../../.. && protoc --go_out=. --go_opt=paths=source_relative decoder/internal/pb/*.proto"
