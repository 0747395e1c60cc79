// The menus of the buttons above a page, as Bootstrap has them: a click or the down arrow opens one,
// arrows move in it, and Escape, the Tab key or a click elsewhere closes it.
for (const button of document.querySelectorAll('[data-bs-toggle="dropdown"]')) {
  const menu = button.parentElement.querySelector(".dropdown-menu");
  const items = [...menu.querySelectorAll(".dropdown-item")];

  const show = (shown) => {
    menu.classList.toggle("show", shown);
    button.classList.toggle("show", shown);
    button.setAttribute("aria-expanded", shown);
  };
  const isOpen = () => menu.classList.contains("show");

  button.addEventListener("click", () => show(!isOpen()));
  addEventListener("click", ({target}) => {
    if (!button.contains(target)) show(false);
  });
  button.parentElement.addEventListener("focusout", ({relatedTarget}) => {
    if (relatedTarget && !button.parentElement.contains(relatedTarget)) show(false);
  });
  button.parentElement.addEventListener("keydown", (event) => {
    const at = items.indexOf(document.activeElement);
    if (event.key === "Escape" && isOpen()) {
      show(false);
      button.focus();
    } else if (event.key === "ArrowDown") {
      show(true);
      items[Math.min(at + 1, items.length - 1)].focus();
    } else if (event.key === "ArrowUp" && isOpen()) {
      items[Math.max(at - 1, 0)].focus();
    } else if (event.key === "Home" && at >= 0) items[0].focus();
    else if (event.key === "End" && at >= 0) items.at(-1).focus();
    else return;
    event.preventDefault();
  });
}
