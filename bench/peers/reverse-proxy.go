// The peer `go`: httputil.ReverseProxy with the duties of the other peers.
// reverse-proxy LISTEN HOST=ADDRESS:PORT…
package main

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"os"
	"strings"
	"time"
)

func main() {
	pods := map[string]string{}
	for _, pair := range os.Args[2:] {
		host, address, _ := strings.Cut(pair, "=")
		pods[host] = address
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.Out.URL.Scheme = "http"
			request.Out.URL.Host = pods[request.In.Host]
			request.SetXForwarded()
			request.Out.Header.Add("Via", "1.1 go")
			id := make([]byte, 16)
			rand.Read(id)
			request.Out.Header.Set("X-Request-Id", hex.EncodeToString(id))
			request.Out.Header.Set("Forwarded", "for="+request.Out.Header.Get("X-Forwarded-For")+";proto=http;host="+request.In.Host)
		},
		ModifyResponse: func(response *http.Response) error {
			response.Header.Add("Via", "1.1 go")
			return nil
		},
		// Clients that leave are part of the load.
		ErrorLog: log.New(io.Discard, "", 0),
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 512,
			IdleConnTimeout:     4 * time.Second,
			DisableCompression:  true,
		},
	}
	log.Fatal(http.ListenAndServe(os.Args[1], proxy))
}
