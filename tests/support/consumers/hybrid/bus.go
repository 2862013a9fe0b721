package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/godbus/dbus/v5"
)

// serveBus listens in a folder as the system's message bus, to which nodeadm connects before it validates anything. Nothing else is
// sent to it.
func serveBus(folder string) error {
	path := filepath.Join(folder, "bus")
	listener, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go greet(connection)
		}
	}()
	return os.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+path)
}

// greet authenticates a client and answers its Hello with a name.
func greet(connection net.Conn) {
	defer connection.Close()
	input := bufio.NewReader(connection)
	for {
		line, err := input.ReadString('\n')
		if err != nil {
			return
		}
		command := strings.TrimLeft(line, "\x00")
		if strings.HasPrefix(command, "BEGIN") {
			break
		}
		switch {
		case strings.HasPrefix(command, "AUTH EXTERNAL"):
			fmt.Fprint(connection, "OK 0123456789abcdef0123456789abcdef\r\n")
		case strings.HasPrefix(command, "AUTH"):
			fmt.Fprint(connection, "REJECTED EXTERNAL\r\n")
		default:
			fmt.Fprint(connection, "ERROR\r\n")
		}
	}
	for {
		hello, err := dbus.DecodeMessage(input)
		if err != nil {
			return
		}
		name := ":1.1"
		reply := *hello
		reply.Type = dbus.TypeMethodReply
		reply.Headers = map[dbus.HeaderField]dbus.Variant{
			dbus.FieldReplySerial: dbus.MakeVariant(hello.Serial()),
			dbus.FieldSignature:   dbus.MakeVariant(dbus.SignatureOf(name)),
		}
		reply.Body = []any{name}
		if err := reply.EncodeTo(connection, binary.LittleEndian); err != nil {
			return
		}
	}
}
