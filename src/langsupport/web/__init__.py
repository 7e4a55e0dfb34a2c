"""The web: JSON API, compatible APIs, pages. The only place where `async` lives."""
