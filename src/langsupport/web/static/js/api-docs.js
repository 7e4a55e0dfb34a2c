// Starts Swagger UI on the page that web/docs.py serves; a file of its own because inline scripts are not allowed.
const place = document.getElementById("api-docs");
window.SwaggerUIBundle({
  url: place.dataset.openapi,
  domNode: place,
  deepLinking: true,
  validatorUrl: null, // the description stays on this machine
});
